package main

import (
	"context"
	"fmt"
	"os"

	"porchlight/app/demo"
)

type demoCommand struct{}

// Run builds a brokerage in a folder that goes away again, and serves it.
func (demoCommand) Run(ctx context.Context, s *settings) error {
	folder, err := os.MkdirTemp("", "porchlight-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	s.DataDir, s.DatabaseURL, s.SMTPURL = folder, "", "mailbox:"
	house, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer house.close()
	err = demo.Build(ctx, demo.Parts{
		Write: house.store.Write, Read: house.store.Read, SkipLocked: house.store.SkipLocked,
		Ledger: house.ledger, Renderer: house.renderer, Route: house.mailbox, Vault: house.vault, Photos: house.photos,
		BaseURL: s.BaseURL, Log: house.log,
	}, clock())
	if err != nil {
		return err
	}
	house.server.SetupCode = ""
	fmt.Printf("\n  Elm & Harbor Realty is open.\n\n  Address   %s\n  E-mail    %s\n  Password  %s\n  Mailbox   %s/mailbox\n\n", s.BaseURL, demo.Email, demo.Password, s.BaseURL)
	return house.serve(ctx)
}
