package feed

import (
	"fmt"
	"strings"
)

// overfull says that the row in hand has cells without a column.
func (t *table) overfull() string {
	if t.last > len(t.header) {
		return fmt.Sprintf("The row has %d cells under %d columns, so it is not sure which is which.", t.last, len(t.header))
	}
	return ""
}

// torn says that a quotation mark in the row in hand was not closed, so that a cell holds other rows: it is of several lines
// and has in it what begins a quoted cell, or most of a row's separators while the row has too few.
func (t *table) torn() string {
	separator := string(t.rows.Comma)
	for _, cell := range t.cells {
		if strings.ContainsRune(cell, '\n') && (strings.Contains(cell, separator+`"`) || len(t.cells) < len(t.header) && strings.Count(cell, separator) >= max(2, len(t.header)/2)) {
			return fmt.Sprintf("A quotation mark is opened here and not closed, so that %d lines were read as one row.", strings.Count(cell, "\n")+1)
		}
	}
	return ""
}

// ragged says that the row in hand ends too early.
func (t *table) ragged() string {
	if len(t.cells) < len(t.header) {
		return fmt.Sprintf("The row has only %d of %d cells; what is missing is taken for unknown.", len(t.cells), len(t.header))
	}
	return ""
}

// swallowed says that the row in hand is the file's last, ends too early, and ends in a cell of several lines: a quotation
// mark was not closed, and what followed it is in that cell. Brought in all the same, those homes would be missing silently.
func (t *table) swallowed() bool {
	if len(t.cells) >= len(t.header) || !strings.ContainsRune(t.cells[len(t.cells)-1], '\n') {
		return false
	}
	_, err := t.in.Peek(1)
	return err != nil
}
