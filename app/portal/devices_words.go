package portal

import (
	"strings"
	"unicode/utf8"
)

// longestAgent is how much of a User-Agent is kept.
const longestAgent = 400

// clip is a User-Agent as it is stored.
func clip(agent string) string {
	agent = strings.ToValidUTF8(strings.ReplaceAll(agent, "\x00", ""), "")
	if len(agent) <= longestAgent {
		return agent
	}
	cut := longestAgent
	for !utf8.RuneStart(agent[cut]) {
		cut--
	}
	return agent[:cut]
}

// sign is a word in a User-Agent and what it says.
type sign struct{ word, says string }

// browsers and systems are in the order in which they count: most browsers also say that they are some of those below them.
var (
	browsers = []sign{
		{"Edg/", "Edge"}, {"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"OPR/", "Opera"}, {"OPT/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Vivaldi/", "Vivaldi"}, {"DuckDuckGo/", "DuckDuckGo"}, {"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systems = []sign{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "Chromebook"}, {"Windows", "Windows"}, {"Macintosh", "Mac"}, {"Linux", "Linux"},
	}
)

// Words names a device: "Chrome on iPhone".
func (d Device) Words() string {
	browser, system := d.says(browsers), d.says(systems)
	switch {
	case browser == "" && system == "":
		return "A browser"
	case browser == "":
		return "A browser on " + system
	case system == "":
		return browser
	}
	return browser + " on " + system
}

// Phone says whether it is one for the hand.
func (d Device) Phone() bool {
	switch d.says(systems) {
	case "iPhone", "iPad", "Android":
		return true
	}
	return false
}

func (d Device) says(signs []sign) string {
	for _, one := range signs {
		if strings.Contains(d.UserAgent, one.word) {
			return one.says
		}
	}
	return ""
}
