package mail

import (
	"bytes"
	"fmt"
	htmltemplate "html/template"
	"strings"
)

// foot says, at the foot of a letter, which auto emails it is of; the zero value says nothing.
type foot struct{ html, text part }

// lookoutsPage is what the templates of a foot are given.
type lookoutsPage struct {
	AgentName       string
	Lookouts        []Lookout // When as it stands within a sentence
	Change          string    // the words of the way to get fewer of these
	Unsubscribe     string
	Live, Dead, End htmltemplate.HTML
}

// lookouts renders what a letter says of its auto emails: apart from its sheet, for each client's have names of their own.
func (r *Renderer) lookouts(l Letter) (made foot, size int, err error) {
	if len(l.Lookouts) == 0 {
		return made, 0, nil
	}
	p := lookoutsPage{AgentName: l.AgentName, Change: changeWords(l.Lookouts), Unsubscribe: unsubscribeSlot, Live: liveMark, Dead: deadMark, End: endMark}
	for _, one := range l.Lookouts {
		one.When = withinSentence(one.When)
		p.Lookouts = append(p.Lookouts, one)
	}
	var written bytes.Buffer
	if err := r.lookoutsHTML.Execute(&written, p); err != nil {
		return made, 0, fmt.Errorf("mail: render the auto emails: %w", err)
	}
	made.html, size = cut(strings.TrimSuffix(written.String(), "\n")) // of the file

	written.Reset()
	if err := r.lookoutsText.Execute(&written, p); err != nil {
		return made, 0, fmt.Errorf("mail: render the auto emails: %w", err)
	}
	made.text, _ = cut(strings.TrimSuffix(written.String(), "\n"))
	if err := made.html.check(); err != nil {
		return made, 0, err
	}
	return made, size, made.text.check()
}

// changeWords are what a client can do about these auto emails: no more than the page behind the link offers.
func changeWords(all []Lookout) string {
	fewer := false
	for _, one := range all {
		fewer = fewer || one.Fewer
	}
	switch {
	case fewer && len(all) > 1:
		return "Get one weekly, or stop just one"
	case fewer:
		return "Get it weekly, or stop just this one"
	case len(all) > 1:
		return "Stop just one of them"
	}
	return "Stop just this one"
}

// withinSentence is a schedule after a colon: “daily at 7:00 AM”, but “Mondays at 8:00 AM”.
func withinSentence(when string) string {
	for _, first := range []string{"Daily", "As soon", "Week", "Monthly", "On ", "Every"} {
		if strings.HasPrefix(when, first) {
			return strings.ToLower(when[:1]) + when[1:]
		}
	}
	return when
}
