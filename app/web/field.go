package web

// Field is one labelled control of a form, for views/shared/_field.html.
type Field struct {
	Name         string // of the input; also its id
	Label        string // its accessible name
	Value        string
	Error        string // what is wrong with it, empty if nothing
	Hint         string // what to know before typing
	Type         string // of the input; empty: text
	Autocomplete string // the HTML autofill token; empty: none given
	Required     bool
	Rows         int  // above 0: a textarea of so many rows
	Focus        bool // the cursor starts here
}

// fields makes Fields that show what a fault says about them.
type fields struct{ wrong map[string]string }

// of is a plain text field; change what differs.
func (f fields) of(name, label, value string) Field {
	return Field{Name: name, Label: label, Value: value, Error: f.wrong[name]}
}
