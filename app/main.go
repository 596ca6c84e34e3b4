// Porchlight is a self-hosted web app for small real-estate brokerages. This file wires the packages and names the
// commands; serve.go starts and stops them in order.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	_ "time/tzdata" // the container has no zone files

	"github.com/alecthomas/kong"
)

// commands is the command line.
type commands struct {
	settings

	Serve       serveCommand       `cmd:"" default:"1" help:"Migrate and serve (the default)."`
	Demo        demoCommand        `cmd:"" help:"A believable brokerage in a temporary folder; mail is caught in /mailbox."`
	Agent       agentCommand       `cmd:"" help:"Agents of the brokerage."`
	Import      importCommand      `cmd:"" help:"Bring in homes or clients from a file."`
	Backup      backupCommand      `cmd:"" help:"Copy the database to a new file; safe while serving."`
	Restore     restoreCommand     `cmd:"" help:"Put a backup in place of the database; stop Porchlight first."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the database up to this version and stop."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask the running Porchlight whether it is well."`
	Version     versionCommand     `cmd:"" help:"Say which version this is."`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "porchlight:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var c commands
	parser, err := kong.New(&c, kong.Name("porchlight"), kong.Description("Client mail for small real-estate brokerages."), kong.UsageOnError())
	if err != nil {
		return err
	}
	chosen, err := parser.Parse(args)
	if err != nil {
		return namingVariable(parser, err)
	}
	if err := c.check(); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	chosen.BindTo(ctx, (*context.Context)(nil))
	return chosen.Run(&c.settings)
}

// namingVariable adds to what Kong says of a flag the environment variable that set it, perhaps.
func namingVariable(parser *kong.Kong, err error) error {
	for _, flag := range parser.Model.Flags {
		if len(flag.Envs) > 0 && strings.HasPrefix(err.Error(), "--"+flag.Name+":") {
			_, say, _ := strings.Cut(err.Error(), ": ")
			say, _, _ = strings.Cut(say, " (from envar")
			return fmt.Errorf("%s (--%s): %s", flag.Envs[0], flag.Name, say)
		}
	}
	return err
}

type versionCommand struct{}

func (versionCommand) Run() error {
	fmt.Println("porchlight", version())
	return nil
}

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:12]
		}
	}
	return info.Main.Version
}
