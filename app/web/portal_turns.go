package web

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/gofiber/fiber/v2"
)

// portalTurns is how many requests of portals are worked on at once; the others wait, first come first served. When
// everybody's letter has just arrived, a thousand pages half made would hold the memory of all of them, take the database's
// connections from the agents, and be done in no fair order.
type portalTurns chan struct{}

func newPortalTurns() portalTurns { return make(portalTurns, max(4, runtime.NumCPU())) }

// take does one request in its turn, or says that it did not come within the time a request has.
func (t portalTurns) take(c *fiber.Ctx, do func() error) error {
	select {
	case t <- struct{}{}:
	case <-c.UserContext().Done():
		c.Set("Retry-After", "10")
		return fiber.NewError(http.StatusServiceUnavailable, "Many people are here at this moment. Try again in a few seconds.")
	}
	defer func() { <-t }()
	// A page's templates want a deep stack. The connection's own goroutine would keep it until its browser goes away.
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil { // recoverPanic stands on the other stack
				panics.Inc()
				done <- fmt.Errorf("web: panic: %v\n%s", p, debug.Stack())
			}
		}()
		done <- do()
	}()
	return <-done
}
