// Package fault names the ways in which a request can fail that a person can cause or meet, each with a sentence
// that person may read. Every other error is internal: it is logged, never shown.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what went wrong; web gives each an HTTP status.
type Kind int

// The six kinds.
const (
	Internal        Kind = iota // not a fault: an error nobody foresaw
	Invalid                     // what was typed can't be taken; see Fields
	Unauthenticated             // nobody is signed in
	Denied                      // signed in, but not allowed
	NotFound                    // not there, or not yours
	Conflict                    // somebody was faster, or it is already so
	Gone                        // it was there once
)

// Error is a failure with a sentence for the person who caused or met it.
type Error struct {
	Kind   Kind
	Say    string
	Fields map[string]string // only with Invalid: form field name to what is wrong with it
}

func (e *Error) Error() string { return e.Say }

// New returns a failure of this kind, worded like Sprintf.
func New(kind Kind, say string, args ...any) error {
	return &Error{Kind: kind, Say: fmt.Sprintf(say, args...)}
}

// Of returns the kind of the first fault in err's chain, or Internal.
func Of(err error) Kind {
	if e := As(err); e != nil {
		return e.Kind
	}
	return Internal
}

// As returns the first fault in err's chain, or nil.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Form gathers what is wrong with a form's fields.
type Form struct{ fields map[string]string }

// Add notes what is wrong with a field; the first word on a field stays.
func (f *Form) Add(field, say string, args ...any) {
	if f.fields == nil {
		f.fields = map[string]string{}
	}
	if _, taken := f.fields[field]; !taken {
		f.fields[field] = fmt.Sprintf(say, args...)
	}
}

// Err returns an Invalid fault if anything was added, else nil.
func (f *Form) Err() error {
	if len(f.fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Say: "Some of this needs another look.", Fields: f.fields}
}
