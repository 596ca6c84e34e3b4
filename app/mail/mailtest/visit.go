package mailtest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// visit is one connection.
type visit struct {
	*Server
	conn     net.Conn
	in       *bufio.Reader
	out      *bufio.Writer
	from, to string
}

func (v *visit) serve() {
	if !v.answer("GREETING", "", "220 mailtest ready") {
		return
	}
	for {
		if v.in.Buffered() == 0 { // RFC 2920 section 3.2: answers to a group may leave together
			if v.out.Flush() != nil {
				return
			}
		}
		line, err := v.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		if !v.Forget {
			v.mu.Lock()
			v.said = append(v.said, line)
			v.mu.Unlock()
		}
		command, argument, _ := strings.Cut(line, " ")
		if !v.obey(strings.ToUpper(command), argument) {
			_ = v.out.Flush()
			return
		}
	}
}

func (v *visit) obey(command, argument string) bool {
	switch command {
	case "EHLO":
		return v.answer("EHLO", "", v.extensions())
	case "HELO", "NOOP":
		return v.answer(command, "", "250 mailtest")
	case "AUTH":
		reply := "235 2.7.0 welcome"
		if v.Login == nil || v.Login(argument) != nil {
			reply = "535 5.7.8 who is that"
		}
		return v.answer("AUTH", "", reply)
	case "MAIL":
		if v.from != "" {
			return v.answer("MAIL", "", "503 5.5.1 nested MAIL")
		}
		if v.wouldRefuse("MAIL", "") {
			return v.answer("MAIL", "", "250 2.1.0 ok")
		}
		v.from = path(argument)
		return v.answer("MAIL", "", "250 2.1.0 ok")
	case "RCPT":
		if v.from == "" {
			return v.answer("", "", "503 5.5.1 MAIL first")
		}
		to := path(argument)
		if !v.wouldRefuse("RCPT", to) {
			v.to = to
		}
		return v.answer("RCPT", to, "250 2.1.5 ok")
	case "DATA":
		return v.data()
	case "RSET":
		v.from, v.to = "", ""
		return v.answer("RSET", "", "250 2.0.0 ok")
	case "QUIT":
		v.answer("QUIT", "", "221 2.0.0 bye")
		return false
	}
	return v.answer(command, "", "500 5.5.2 what?")
}

func (v *visit) extensions() string {
	offers := append([]string{"mailtest"}, v.Offer...)
	if !v.NoPipelining {
		offers = append(offers, "PIPELINING")
	}
	if v.Login != nil {
		offers = append(offers, "AUTH PLAIN LOGIN")
	}
	var b strings.Builder
	for _, offer := range offers[:len(offers)-1] {
		b.WriteString("250-" + offer + "\r\n")
	}
	return b.String() + "250 " + offers[len(offers)-1]
}

func (v *visit) data() bool {
	if v.to != "" && v.OnData != nil {
		v.OnData(v.to)
	}
	scripted := v.scripted("DATA", v.to)
	if v.to == "" && !strings.HasPrefix(scripted, "354") {
		return v.answer("", "", "503 5.5.1 RCPT first")
	}
	if !v.answer("DATA", v.to, "354 go on") || v.out.Flush() != nil {
		return false
	}
	if scripted != "" && !strings.HasPrefix(scripted, "354") {
		return true
	}
	data, err := v.readData()
	if err != nil {
		return false
	}
	from, to := v.from, v.to
	v.from, v.to = "", ""
	if to == "" {
		return v.answer("", "", "554 5.5.1 no valid recipients")
	}
	if v.wouldRefuse("DOT", to) {
		return v.answer("DOT", to, "250 2.0.0 ok")
	}
	v.mu.Lock()
	v.count++
	id := v.count
	if !v.Forget {
		v.received = append(v.received, Message{from, to, data, time.Now()})
	}
	v.mu.Unlock()
	return v.answer("DOT", to, fmt.Sprintf("250 2.0.0 ok: queued as %d", id))
}

// readData reads up to the lone dot.
func (v *visit) readData() ([]byte, error) {
	var data []byte
	for {
		line, err := v.in.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return nil, io.ErrUnexpectedEOF
		}
		if bytes.Equal(line, []byte(".\r\n")) {
			return data, nil
		}
		if v.Forget {
			continue
		}
		if line[0] == '.' {
			line = line[1:]
		}
		data = append(data, line...)
	}
}

// scripted is what the script, or the recipient's address, has the server say; "" is the usual.
func (v *visit) scripted(command, to string) string {
	v.mu.Lock()
	answer := v.script[command]
	v.mu.Unlock()
	if answer != "" {
		return answer
	}
	switch {
	case command == "RCPT" && strings.HasPrefix(to, "550"):
		return "550 5.1.1 no such person"
	case command == "RCPT" && strings.HasPrefix(to, "temperror"):
		return "451 4.3.0 try again later"
	case command == "RCPT" && strings.HasPrefix(to, "timeout"):
		return Stall
	case command == "DOT" && strings.HasPrefix(to, "hangup"):
		return Drop
	}
	return ""
}

// wouldRefuse says whether the scripted answer is a refusal; a Drop or Stall after the dot is not: such a server has the
// message and only its answer is lost.
func (v *visit) wouldRefuse(command, to string) bool {
	answer := v.scripted(command, to)
	return strings.HasPrefix(answer, "4") || strings.HasPrefix(answer, "5")
}

// answer writes the scripted reply or the usual one. It returns false when the connection is over.
func (v *visit) answer(command, to, usual string) bool {
	answer := v.scripted(command, to)
	switch answer {
	case "":
		answer = usual
	case Drop:
		_ = v.out.Flush()
		return false
	case Stall:
		_ = v.out.Flush()
		_, _ = io.Copy(io.Discard, v.conn) // until the other side gives up
		return false
	case Garbage:
		for {
			if _, err := v.out.WriteString("250-" + strings.Repeat("la ", 300) + "\r\n"); err != nil {
				return false
			}
		}
	}
	_, err := v.out.WriteString(answer + "\r\n")
	if command == "GREETING" {
		err = v.out.Flush()
	}
	return err == nil && !strings.HasPrefix(answer, "421")
}

// path is the address in "FROM:<a@b> SIZE=1".
func path(argument string) string {
	_, rest, _ := strings.Cut(argument, "<")
	inside, _, _ := strings.Cut(rest, ">")
	return inside
}
