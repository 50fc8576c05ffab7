package rules

// Data is what rules look up beside the lead itself: the tables and calendars of
// one configuration, at one version each. It is immutable and safe for concurrent
// use; a list that changes makes a new Data.
type Data struct {
	Tables    map[string]*Table
	Calendars map[string]*Calendar
}

// Table returns the table of that name, nil if there is none.
func (d *Data) Table(name string) *Table {
	if d == nil {
		return nil
	}
	return d.Tables[name]
}

// Calendar returns the calendar of that name, nil if there is none.
func (d *Data) Calendar(name string) *Calendar {
	if d == nil {
		return nil
	}
	return d.Calendars[name]
}

// WithData says which tables and calendars there are. A rule looks them up in
// Input.Data where that is set, and in these where it is not: so a table can get
// another version without its rules being compiled again.
func WithData(d *Data) Option {
	return func(c *Compiler) { c.data = d }
}

// table returns a table as the input has it, else as it was when the rule was compiled.
func (s *Scope) table(t *Table) *Table {
	if now := s.in.Data.Table(t.name); now != nil {
		return now
	}
	return t
}

// Calendar returns a calendar as the input has it, else c itself.
func (s *Scope) Calendar(c *Calendar) *Calendar {
	if now := s.in.Data.Calendar(c.name); now != nil {
		return now
	}
	return c
}
