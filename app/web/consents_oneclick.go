package web

import (
	"mime"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/fault"
)

// refuseMachine refuses a mail program's one-click POST anywhere but at the Unsubscribe link itself, which only stops:
// opening mail again asks a person. Faults: Invalid.
func refuseMachine(c *fiber.Ctx) error {
	if c.Method() != http.MethodPost || onlyStops(c.Path()) || !oneClick(c) {
		return nil
	}
	return fault.New(fault.Invalid, "Nothing was changed. A mail program’s one click can only stop mail. For anything else, open the link in the letter and press the button there.")
}

// oneClick says whether the body is RFC 8058's pair, in either encoding; mail programs have been seen to name neither.
func oneClick(c *fiber.Ctx) bool {
	const name, value = "List-Unsubscribe", "One-Click"
	if c.FormValue(name) == value {
		return true
	}
	kind, _, _ := mime.ParseMediaType(c.Get(fiber.HeaderContentType))
	if kind != "" && kind != "text/plain" && kind != "application/octet-stream" {
		return false
	}
	pairs, err := url.ParseQuery(string(c.Body()))
	return err == nil && pairs.Get(name) == value
}
