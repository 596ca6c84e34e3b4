package mail_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/app/mail"
	"porchlight/app/mail/mailtest"
)

// bigTemplate is a letter whose message has about 20 KB.
func bigTemplate(tb testing.TB) *mail.Template {
	l := sampleLetter()
	l.Markdown = strings.Repeat("A quiet street, three bedrooms, a porch that faces *west*, and [the photos](https://homes.example/14).\n\n", 32)
	return letterTemplate(tb, l)
}

func BenchmarkMessage(b *testing.B) {
	template := bigTemplate(b)
	to := sampleRecipient()
	message, err := template.Message(to)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := template.Message(to); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLetter(b *testing.B) {
	r, l, n := newRenderer(b), sampleLetter(), 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		l.Subject = fmt.Sprintf("Two homes in Guilford, %d", n) // nothing rendered before is of use
		if _, err := r.Letter(l); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHomes makes letters of 20 homes: with the same homes for everybody, where a letter is rendered once and each
// recipient costs a copy, and with other homes for each, where all but the homes is rendered anew, kept and read back.
// ratio is against copying the same number of bytes.
func BenchmarkHomes(b *testing.B) {
	r := newRenderer(b)
	var all []*mail.Card
	for i := range 100 {
		h := sampleHomes()[0]
		h.ID = int64(i + 1)
		all = append(all, cards(b, r, []mail.Home{h})...)
	}
	to := homesRecipient()
	plain := func(b *testing.B) float64 {
		l := sampleLetter()
		l.Homes = all[:20]
		message, err := letterTemplate(b, l).Message(to)
		if err != nil {
			b.Fatal(err)
		}
		begun, n := time.Now(), 0
		for time.Since(begun) < 50*time.Millisecond {
			message = append(make([]byte, 0, len(message)), message...)
			n++
		}
		return float64(time.Since(begun).Nanoseconds()) / float64(n)
	}
	b.Run("the same for all", func(b *testing.B) {
		base := plain(b)
		l := sampleLetter()
		l.Homes = all[:20]
		template := letterTemplate(b, l)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := template.Message(to); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/base, "ratio")
	})
	b.Run("others for each", func(b *testing.B) {
		base := plain(b)
		l, n := sampleLetter(), 0
		b.ReportAllocs()
		for b.Loop() {
			l.Homes = all[n%80 : n%80+20]
			n++
			made, err := r.Letter(l)
			if err != nil {
				b.Fatal(err)
			}
			kept, err := made.MarshalBinary()
			if err != nil {
				b.Fatal(err)
			}
			back, err := mail.ReadTemplate(kept, func([]mail.CardSum) ([]*mail.Card, error) { return made.Cards(), nil })
			if err != nil {
				b.Fatal(err)
			}
			if _, err := back.Message(to); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/base, "ratio")
	})
}

// BenchmarkSend sends 6,000 letters of 20 KB over 16 connections; ns/op is for all of them.
func BenchmarkSend(b *testing.B) {
	const letters, connections = 6000, 16
	template := bigTemplate(b)
	for name, without := range map[string]bool{"pipelined": false, "in turn": true} {
		b.Run(name, func(b *testing.B) {
			s := serve(b, func(s *mailtest.Server) { s.Forget, s.NoPipelining = true, without })
			for b.Loop() {
				before := s.Count()
				var workers sync.WaitGroup
				for w := range connections {
					sender := connect(b, s.URL(), mail.Limits{})
					workers.Go(func() {
						to := sampleRecipient()
						for i := w; i < letters; i += connections {
							to.Address = fmt.Sprintf("c%d@example.com", i)
							message, err := template.Message(to)
							if err == nil {
								_, err = sender.Send(context.Background(), mail.Envelope{From: template.From(), To: to.Address, Message: message}, open)
							}
							if err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				workers.Wait()
				if got := s.Count() - before; got != letters {
					b.Fatalf("%d arrived", got)
				}
			}
			b.ReportMetric(float64(letters*b.N)/b.Elapsed().Seconds(), "letters/s")
		})
	}
}
