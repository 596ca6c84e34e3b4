package outbox

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"porchlight/app/mail"
)

// Sentences put on letters.
const (
	sayCancelled   = "Cancelled before it left."
	sayDeleted     = "The client was deleted before it left."
	sayPossibly    = "Possibly delivered: the connection broke each time after the whole letter was handed over, so nobody knows whether it was taken. Ask the client before sending it again."
	sayUnknown     = "The connection broke after the whole letter was handed over; it will be tried once more."
	sayPanic       = "Something in Porchlight broke three times while sending this letter, so it was stopped. Please report this; the server’s log has the details."
	sayPanicOnce   = "Something in Porchlight broke while sending this letter; it will be tried again."
	sayInterrupted = "Porchlight was stopped while this letter was leaving; it will be tried again."
	sayExpired     = "Given up: it could not leave in time"
	sayRoute       = "The mail server can’t take letters just now; this one waits."
)

// Words explains an attempt to a person: "The mailbox does not exist (550 5.1.1)."
func (a Attempt) Words() string {
	code := codeWords(a.Code, a.Enhanced)
	switch a.Outcome {
	case outcomeSent:
		return "The mail server took it" + code + "."
	case outcomeWithheld:
		return strings.TrimSpace("Held back before it left. " + a.Reply)
	case outcomeUnknown:
		if a.Phase == "" { // the reply says the rest
			return "Nobody knows whether the mail server took it."
		}
		return "The connection broke after the whole letter was handed over, so nobody knows whether it was taken."
	}
	if mail.Phase(a.Phase) == mail.PhaseGate && a.Reply != "" { // the letter could not be made
		return a.Reply
	}
	if a.Code == 0 {
		return silence(mail.Phase(a.Phase))
	}
	return meaning(a.Code, a.Enhanced) + code + "."
}

// codeWords is the code in brackets, with a space before it: " (550 5.1.1)".
func codeWords(code int, enhanced string) string {
	if code == 0 {
		return ""
	}
	return " (" + strings.TrimSpace(strconv.Itoa(code)+" "+enhanced) + ")"
}

// silence says what no answer at all means, by phase.
func silence(p mail.Phase) string {
	switch p {
	case mail.PhaseConnect:
		return "The mail server can’t be reached."
	case mail.PhaseTLS:
		return "No safe connection to the mail server could be made."
	case mail.PhaseAuth:
		return "The mail server did not accept the sign-in."
	case mail.PhaseGate:
		return "Porchlight could not ask whether this letter may go."
	}
	return "The mail server stopped answering before it had the letter."
}

// meaning says in plain words what a reply's codes mean, without a full stop. RFC 3463 section 3 and the IANA registry
// of enhanced status codes; where there is none, RFC 5321 section 4.2.3.
func meaning(code int, enhanced string) string {
	if class, detail, ok := strings.Cut(enhanced, "."); ok && len(class) == 1 {
		if words, known := details[detail]; known {
			return words
		}
		subject, _, _ := strings.Cut(detail, ".")
		if words, known := subjects[subject]; known {
			return words
		}
	}
	if words, known := replies[code]; known {
		return words
	}
	if code >= 500 {
		return "The mail server refused the letter"
	}
	return "The mail server could not take the letter just now"
}

// details are subject.detail of RFC 3463, with the additions of RFCs 4954, 5248, 6710, 7372, 7505.
var details = map[string]string{
	"1.1":  "The mailbox does not exist",
	"1.2":  "The part of the address after the @ takes no mail",
	"1.3":  "The address is not written as that server expects",
	"1.4":  "The address means more than one mailbox there",
	"1.6":  "The mailbox has moved and left no new address",
	"1.7":  "The sender’s address is not written as that server expects",
	"1.8":  "The server can’t find the domain the letter comes from",
	"1.10": "That domain says that it takes no mail at all",
	"2.1":  "The mailbox is switched off",
	"2.2":  "The mailbox is full",
	"2.3":  "The letter is too big for that mailbox",
	"2.4":  "The mailing list there can’t pass it on",
	"3.1":  "The mail server’s disk is full",
	"3.2":  "The mail server takes no mail just now",
	"3.4":  "The letter is too big for that mail server",
	"4.1":  "The other mail server does not answer",
	"4.2":  "The connection to the other mail server broke",
	"4.3":  "The mail server could not look up where to deliver",
	"4.4":  "The mail server does not know where to deliver",
	"4.5":  "The mail server is too busy",
	"4.6":  "The letter went round in circles between servers",
	"4.7":  "The mail server tried for too long and gave up",
	"5.1":  "The mail server did not understand us",
	"5.3":  "The mail server was offered too many recipients at once",
	"6.7":  "The address has letters beyond a to z, and the mail server takes no such address; ask for another",
	"7.0":  "The mail server refuses for reasons of its own policy",
	"7.1":  "The mail server does not let this letter through",
	"7.8":  "The mail server did not accept the sign-in",
	"7.13": "The mailbox is switched off",
	"7.20": "The letter has no valid signature of the sender’s domain (DKIM)",
	"7.23": "The sender’s domain does not list our mail server (SPF)",
	"7.25": "Our mail server’s name and number do not match (reverse DNS)",
	"7.26": "The sender’s domain could not be proved (SPF, DKIM)",
	"7.27": "The sender’s domain says that it takes no mail",
	"7.28": "The mail server says that too much mail came at once",
}

// subjects are the X.n of RFC 3463 section 3.1, for details nobody listed.
var subjects = map[string]string{
	"1": "The mail server does not accept the address",
	"2": "The mailbox can’t take the letter",
	"3": "The mail server has trouble of its own",
	"4": "The mail server has trouble reaching the other one",
	"5": "The mail server did not understand us",
	"6": "The mail server can’t handle what is in the letter",
	"7": "The mail server does not let this letter through",
}

// replies are the reply codes of RFC 5321 section 4.2.3 and RFC 4954.
var replies = map[int]string{
	421: "The mail server closed the connection and asks to come back later",
	450: "The mailbox can’t be reached just now",
	451: "The mail server had trouble and asks to try later",
	452: "The mail server is out of space just now",
	530: "The mail server wants a sign-in first",
	535: "The mail server did not accept the sign-in",
	550: "The mail server refused the address or the letter",
	551: "The person is not at that server",
	552: "The mailbox is full or the letter too big",
	553: "The mail server does not accept the address",
	554: "The mail server refused the letter",
}

// answered is what the other side said as a sentence, for the letter’s row.
func answered(code int, enhanced string, p mail.Phase) string {
	if code == 0 {
		return silence(p)
	}
	return meaning(code, enhanced) + codeWords(code, enhanced) + "."
}

// printable makes a server's words safe to keep: PostgreSQL refuses a NUL and broken UTF-8, and one such row would hold
// up all others in its transaction.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, " "))
	const most = 500
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strings.TrimSpace(s)
}

// tries is "1 try", "3 tries".
func tries(n int) string {
	if n == 1 {
		return "1 try"
	}
	return fmt.Sprintf("%d tries", n)
}
