package autoemail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// happening is what an agent is told became of an auto email: a title and a body, with the client's name and the search's.
type happening struct{ title, body string }

// What agents are told. The first %s is the client's name, the second that of the auto email.
var (
	stoppedByClient = happening{
		"%s stopped the auto email “%s”",
		"%s pressed Stop for “%s” on their own page. It is paused, and nothing more of it leaves. Your other mail to them goes on.\n\n" +
			"Ask them what did not fit, outside this app. If they want it again, open it and resume it.",
	}
	pausedByClient = happening{
		"%s paused the auto email “%s”",
		"%s paused “%s” in their portal until %s. It goes on by itself then, with what came meanwhile in one letter. Your other mail to them goes on.\n\n" +
			"There is nothing for you to do.",
	}
	startedByClient = happening{
		"%s started the auto email “%s” again",
		"%s started “%s” again in their portal. It runs as you set it.\n\nThere is nothing for you to do.",
	}
	weeklyByClient = happening{
		"%s asked for “%s” once a week",
		"%s asked on their own page for “%s” once a week instead of more often. It is weekly now.\n\nThere is nothing for you to do. You find its new schedule on its page.",
	}
	weeklyOfQueue = happening{
		"%s asked for “%s” once a week",
		"%s asked on their own page for “%s” once a week instead of more often. You approve its homes yourself, and they leave when you do.\n\nApprove them together, about once a week.",
	}
	slowedDown = happening{
		"No sign from %s: “%s” comes less often",
		"%s has given no sign for 60 days while letters of “%s” left: no visit, no click on a button, no answer. So that letters stay welcome, it comes less often from now on: %s. They are asked whether they are still looking.\n\n" +
			"If you heard from them, open it and say so: it then runs at its own pace again.",
	}
	slowedOut = happening{
		"No sign from %s: “%s” is paused",
		"%s has given no sign for 60 days while letters of “%s” left, and it came only once a month already. It is paused now; nothing more of it leaves.\n\n" +
			"Call them. If they are still looking, open it and resume it: it then has a full period before it slows down again.",
	}
	lastDayOver = happening{
		"“%[2]s” for %[1]s has ended",
		"The last day you set for %[1]s’s auto email “%[2]s” is over. It is paused; nothing more of it leaves.\n\nTo go on, open it and resume it, or set another last day first.",
	}
	unreadable = happening{
		"“%[2]s” for %[1]s can’t be read any more",
		"What %[1]s’s auto email “%[2]s” looks for, or its schedule, is kept in a form that this version of Porchlight can’t read. It is paused so that nothing wrong is sent.\n\n" +
			"Open it, set what it looks for again and save it: it then runs again.",
	}
)

// tell gives the agent a notice of what became of an auto email, unless the client or the agent is gone. more are what the
// body says beside the names.
func tell(ctx context.Context, db bun.IDB, s *Search, what happening, now time.Time, more ...any) error {
	if s.Concierge && what == weeklyByClient {
		what = weeklyOfQueue
	}
	client, err := clients.Find(ctx, db, s.AgentID, s.ClientID)
	_, gone := agents.Find(ctx, db, s.AgentID)
	if err := errors.Join(err, gone); fault.Of(err) == fault.NotFound {
		return nil
	} else if err != nil {
		return err
	}
	return agents.Tell(ctx, db, agents.Notice{
		AgentID: s.AgentID, Kind: agents.NoticeSearch, ClientID: int64(s.ClientID), Mails: true,
		Title: fmt.Sprintf(what.title, client.Name(), s.Name), Body: fmt.Sprintf(what.body, append([]any{client.Name(), s.Name}, more...)...),
		Action: "Open “" + s.Name + "”", Path: fmt.Sprintf("/searches/%d", s.ID),
	}, now)
}
