package phone

import "testing"

func TestOf(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"+1 (407) 555-0101": "+14075550101", "+14075550101": "+14075550101", "0049 30 901820": "+4930901820", " +49 30 901820 ": "+4930901820",
		"(407) 555-0101": "", "1.23E+11": "", "n/a": "", "": "", "+1": "",
	} {
		if got, ok := Of(text); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v; want %q", text, got, ok, want)
		}
	}
}
