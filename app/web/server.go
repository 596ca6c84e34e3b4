// Package web is the app as browsers and mail programs meet it: routes, forms, pages and fragments. It stands above
// every domain package, composes them into pages, and turns faults into HTTP. It promises that GET changes nothing,
// that every page works without JavaScript, and that nothing below it ever sees a request. It holds no rules of the
// domain.
package web

import (
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/consent"
	"porchlight/app/feed"
	"porchlight/app/mail"
	"porchlight/app/outbox"
	"porchlight/app/photos"
	"porchlight/app/portal"
	"porchlight/db"
	"porchlight/static"
	"porchlight/views"
)

// Options are what the app is made of.
type Options struct {
	Store          *db.Store
	Ledger         *consent.Ledger
	Courier        *outbox.Courier
	Renderer       *mail.Renderer
	Mailbox        *mail.Mailbox // nil: no /mailbox
	Feeds          *feed.Runner
	Vault          *feed.Vault
	Photos         *photos.Cache
	AutoEmails     *autoemail.Runner
	PortalKeys     *portal.Keys
	BaseURL        string   // without a slash at the end; links in mail begin with it
	SetupCode      string   // what /setup asks for
	TrustedProxies []string // whose X-Forwarded-For is believed
	MetricsToken   string   // empty: no /metrics
	Clock          func() time.Time
	Log            *slog.Logger
	LookupTXT      func(ctx context.Context, name string) ([]string, error) // asks the DNS; nil: as this host does
}

// Server answers requests.
type Server struct {
	Options
	app    *fiber.App
	origin *http.CrossOriginProtection
	secure bool // BASE_URL is https
	views  *views.Engine
	codes  codeGuard
	writes writeCheck

	imports *importDesk
	towns   townBook
	turns   portalTurns
}

// pages are the views, which are the same for every server of a process: reading and escaping them is most of what a start costs.
var pages = sync.OnceValues(func() (*views.Engine, error) {
	return views.New(template.FuncMap{"asset": static.Path, "icon": icon})
})

// New builds the app and registers every route. It fails if a view is broken.
func New(o Options) (*Server, error) {
	s := &Server{Options: o, origin: http.NewCrossOriginProtection(), secure: strings.HasPrefix(o.BaseURL, "https://"), imports: newImportDesk(), turns: newPortalTurns()}
	if s.LookupTXT == nil {
		s.LookupTXT = net.DefaultResolver.LookupTXT
	}
	if err := s.origin.AddTrustedOrigin(o.BaseURL); err != nil {
		return nil, fmt.Errorf("web: BASE_URL: %w", err)
	}
	var err error
	if s.views, err = pages(); err != nil {
		return nil, err
	}
	s.app = fiber.New(fiber.Config{
		AppName: "Porchlight", ErrorHandler: s.fail,
		Immutable: true, CaseSensitive: true, StrictRouting: true, UnescapePath: true,
		ReadTimeout: 10 * time.Second, IdleTimeout: 60 * time.Second, ReadBufferSize: 16 << 10, ReduceMemoryUsage: true, BodyLimit: 1 << 20,
		ProxyHeader: "X-Forwarded-For", EnableIPValidation: true, EnableTrustedProxyCheck: true, TrustedProxies: o.TrustedProxies,
		DisableStartupMessage: true,
	})
	s.app.Server().HeaderReceived = s.allowUpload
	s.app.Use(s.recoverPanic, s.prepare, s.refuseForgery)
	for _, r := range s.routes() {
		s.app.Add(r.method, r.path, s.guard(r.who), r.do)
		if r.method == http.MethodGet {
			s.app.Add(http.MethodHead, r.path, s.guard(r.who), r.do) // monitors and mail scanners ask so
		}
	}
	return s, nil
}

// App is the Fiber app, for listening and for tests.
func (s *Server) App() *fiber.App { return s.app }

// Shutdown stops taking requests and waits for those in hand, and for imports under way.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.imports.close(ctx)
	return s.app.ShutdownWithContext(ctx)
}

// icon is one symbol of the sprite.
func icon(name string) template.HTML {
	return template.HTML(`<svg class="icon" aria-hidden="true"><use href="` + static.Path(static.Icons) + `#` + template.HTMLEscapeString(name) + `"/></svg>`)
}

// who may use a route.
type who int

const (
	anyone who = iota
	agent
	broker
)

// route is one line of the route table. Tests walk the table.
type route struct {
	method, path string
	who          who
	do           fiber.Handler
}

// routes lists every route; fixed paths stand before those with an id.
func (s *Server) routes() []route {
	var all []route
	for _, some := range [][]route{
		s.publicRoutes(), s.consentRoutes(), s.sessionRoutes(), s.setupRoutes(), s.homeRoutes(), s.importRoutes(), s.clientRoutes(),
		s.letterRoutes(), s.outboxRoutes(), s.settingsRoutes(), s.mailboxRoutes(),
		s.signingRoutes(),
		s.listingImportRoutes(), s.mapRoutes(), s.listingRoutes(), s.feedRoutes(), s.photoRoutes(), s.letterHomeRoutes(),
		s.searchRoutes(), s.conciergeRoutes(), s.digestRoutes(), s.lookoutRoutes(),
		s.portalKeyRoutes(), s.portalHomeRoutes(), s.portalTalkRoutes(), s.portalSearchRoutes(), s.portalHouseholdRoutes(), s.portalChoiceRoutes(),
		s.clientPortalRoutes(), s.suitRoutes(),
	} {
		all = append(all, some...)
	}
	return all
}

func (s *Server) publicRoutes() []route {
	return []route{
		{"GET", "/static/*", anyone, s.asset},
		{"GET", "/healthz", anyone, s.healthz},
		{"GET", "/readyz", anyone, s.readyz},
		{"GET", "/metrics", anyone, s.metrics},
	}
}

// me is the signed-in agent; guard has put it there.
func me(c *fiber.Ctx) agents.Agent {
	a, _ := c.Locals("agent").(agents.Agent)
	return a
}
