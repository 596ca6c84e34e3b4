package mail_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

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
	r, l := newRenderer(b), sampleLetter()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Letter(l); err != nil {
			b.Fatal(err)
		}
	}
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
