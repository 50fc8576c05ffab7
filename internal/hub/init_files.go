package hub

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"leadhub/internal/config"
)

const (
	secretMode = 0o600
	publicMode = 0o644
	folderMode = 0o755
)

// filePlan is what Init is going to write, and then what it has written.
type filePlan struct {
	file        string
	secretsFile string
	secrets     []variableOf      // those that .env does not have
	have        map[string]string // what .env has
	env         Env
	made        []string // what to take back on failure, in the order in which it was made
	written     []string
	samples     []string
	gitignore   string
	ignored     []string
	notes       []string
}

// planFiles looks at what is there before anything is written.
func planFiles(s *starter, env Env) (*filePlan, error) {
	p := &filePlan{file: s.options.File, env: env, samples: []string{}}
	dir := filepath.Dir(p.file)
	if err := canBeFolder(dir); err != nil {
		return nil, err
	}
	if _, err := os.Lstat(p.file); err == nil {
		return nil, fmt.Errorf("%s is there already, and leadhub does not change it: choose another folder (leadhub init my-hub) or another name (-c new.yaml)", p.file)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, notWritable(p.file, err)
	}
	have, _, err := config.LoadDotEnv(filepath.Join(dir, ".env"))
	if err != nil {
		return nil, notReadable(filepath.Join(dir, ".env"), err)
	}
	p.have = have
	for _, v := range s.variables() {
		if _, ok := have[v.Name]; !ok {
			p.secrets = append(p.secrets, v)
		}
	}
	p.secretsFile = filepath.Join(dir, ".env")
	if _, err := os.Lstat(p.secretsFile); err == nil && len(p.secrets) > 0 {
		p.secretsFile = filepath.Join(dir, ".env.new")
		if _, err := os.Lstat(p.secretsFile); err == nil {
			return nil, fmt.Errorf("%s is there already: copy its lines into .env, remove it, and try again", p.secretsFile)
		}
		p.notes = append(p.notes, fmt.Sprintf("%s was there already, and leadhub does not change it: copy the lines of %s into it, and remove %s",
			filepath.Join(dir, ".env"), p.secretsFile, p.secretsFile))
	}
	return p, nil
}

func notReadable(file string, err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return fmt.Errorf("%s is there already, and cannot be read: %w", file, err)
}

// write makes every file, or none.
func (p *filePlan) write(s *starter, text string) (err error) {
	defer func() {
		if err != nil {
			for _, made := range slices.Backward(p.made) {
				_ = os.Remove(made) // what cannot be removed now was not ours to begin with
			}
		}
	}()
	if err := p.folder(filepath.Dir(p.file)); err != nil {
		return err
	}
	if len(p.secrets) > 0 {
		content := dotenv(filepath.Base(p.file), p.secrets, secret)
		if err := p.create(p.secretsFile, []byte(content), secretMode); err != nil {
			return err
		}
	}
	if err := p.create(p.file, []byte(text), publicMode); err != nil {
		return err
	}
	if err := p.writeSamples(s); err != nil {
		return err
	}
	return p.ignore()
}

// canBeFolder refuses a path that is a file, or leads through one.
func canBeFolder(dir string) error {
	for {
		info, err := os.Stat(dir)
		switch parent := filepath.Dir(dir); {
		case err == nil && !info.IsDir():
			return fmt.Errorf("%s is a file, not a folder: choose another name, as in leadhub init my-hub", dir)
		case err == nil || parent == dir:
			return nil
		default:
			dir = parent
		}
	}
}

// folder makes a folder and those above it.
func (p *filePlan) folder(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return canBeFolder(dir)
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := p.folder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return notWritable(dir, err)
	} else if err == nil {
		p.made = append(p.made, dir)
	}
	return nil
}

// create writes a file that must not be there yet.
func (p *filePlan) create(file string, content []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return notWritable(file, err)
	}
	p.made = append(p.made, file)
	_, err = f.Write(content)
	if err := errors.Join(err, f.Close()); err != nil {
		return notWritable(file, err)
	}
	p.written = append(p.written, file)
	return nil
}

// writeSamples writes a payload of each vendor, to try the hub out with. One that
// is there already stays as it is.
func (p *filePlan) writeSamples(s *starter) error {
	for _, e := range s.receivers {
		if e.guide.Sample == "" || p.env.Samples == nil {
			continue
		}
		dir := filepath.Join(filepath.Dir(p.file), "samples", e.guide.Entry())
		if err := p.folder(dir); err != nil {
			return err
		}
		for _, end := range []string{".body.json", ".headers"} {
			content, err := fs.ReadFile(p.env.Samples, path.Join("testdata", e.kind, e.guide.Sample+end))
			if err != nil {
				return fmt.Errorf("the sample of %s: %w", e.kind, err)
			}
			file := filepath.Join(dir, e.guide.Sample+end)
			if end == ".body.json" {
				p.samples = append(p.samples, file)
			}
			if _, err := os.Lstat(file); err == nil {
				continue
			}
			if err := p.create(file, content, publicMode); err != nil {
				return err
			}
		}
	}
	return nil
}

// ignore keeps secrets and data out of git, where the folder belongs to a checkout.
func (p *filePlan) ignore() error {
	dir := filepath.Dir(p.file)
	if !inCheckout(dir) {
		return nil
	}
	file := filepath.Join(dir, ".gitignore")
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return notReadable(file, err)
	}
	want := []string{".env", "data/"}
	if len(p.secrets) > 0 && filepath.Base(p.secretsFile) != ".env" {
		want = append(want, filepath.Base(p.secretsFile))
	}
	missing := slices.DeleteFunc(want, func(line string) bool { return ignores(old, line) })
	if len(missing) == 0 {
		return nil
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, publicMode)
	if err != nil {
		return notWritable(file, err)
	}
	_, err = f.Write(addition(old, missing))
	if err := errors.Join(err, f.Close()); err != nil {
		return notWritable(file, err)
	}
	p.gitignore, p.ignored = file, missing
	return nil
}

// inCheckout says whether a folder, or one above it, is a git checkout.
func inCheckout(dir string) bool {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return false
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return false
		}
		dir = parent
	}
}

// ignores says whether a .gitignore holds a line, in one of the usual spellings.
func ignores(gitignore []byte, want string) bool {
	bare := strings.Trim(want, "/")
	for line := range strings.Lines(string(gitignore)) {
		if line = strings.TrimSpace(line); strings.Trim(line, "/") == bare {
			return true
		}
	}
	return false
}

// addition is what to append to a .gitignore, with its own line breaks.
func addition(old []byte, lines []string) []byte {
	end := "\n"
	if bytes.Contains(old, []byte("\r\n")) {
		end = "\r\n"
	}
	var b bytes.Buffer
	if len(old) > 0 && !bytes.HasSuffix(old, []byte("\n")) {
		b.WriteString(end)
	}
	for _, line := range lines {
		b.WriteString(line + end)
	}
	return b.Bytes()
}
