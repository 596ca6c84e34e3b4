package web

import (
	"github.com/gofiber/fiber/v2"

	"porchlight/app/clients"
	"porchlight/app/portal"
)

func (s *Server) clientPortalRoutes() []route {
	const under = "/clients/:id<int>"
	all := []route{
		{"GET", under + "/portal", agent, s.asClient(s.portalFeed)},
		{"POST", under + "/findings", agent, s.findingAdopt},
		{"POST", under + "/messages", agent, s.messageAnswer},
		{"POST", under + "/messages/seen", agent, s.messagesSeen},
		{"GET", under + "/household", agent, s.householdShow},
		{"POST", under + "/household", agent, s.householdJoin},
		{"POST", under + "/household/parting", agent, s.householdPart},
		{"POST", under + "/household/invitation", agent, s.householdInvite},
		{"POST", under + "/household/withdrawal", agent, s.householdWithdraw},
		{"GET", under + "/move", agent, s.moveAsk},
		{"POST", under + "/move", agent, s.moveCreate},
		{"GET", "/settings/looks", broker, s.looksShow},
		{"POST", "/settings/looks", broker, s.looksUpdate},
		{"POST", looksLogoPath, broker, s.logoUpdate},
		{"POST", profilePhotoPath, agent, s.agentPhotoUpdate},
		{"GET", "/marks/:name", anyone, s.markShow}, // mail programs fetch them; the name is the content's
		{"GET", "/accent/:colors.css", anyone, s.accentShow},
	}
	all = append(all, s.portalTalkTable(under+"/portal", agent, s.asClient)...)
	all = append(all, s.portalHouseholdTable(under+"/portal", agent, s.asClient)...)
	all = append(all, s.portalSearchTable(under+"/portal", agent, s.asClient)...)
	all = append(all, s.portalChoiceTable(under+"/portal", agent, s.asClient)...)
	return append(all, s.portalHomeTable(under+"/portal", agent, s.asClient)...)
}

// asClient lets an agent see a page of their client's portal as the client does: who looks is the client, but nothing is marked
// and nothing can be pressed. Faults: NotFound (client of another agent, or none).
func (s *Server) asClient(do func(*fiber.Ctx, portal.Visitor) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		ctx := c.UserContext()
		one, err := clients.Find(ctx, s.Store.Read, me(c).ID, clientID(c))
		if err != nil {
			return err
		}
		v := portal.Visitor{Client: one, Member: one, ReadOnly: true}
		shared, err := portal.Together(ctx, s.Store.Read, one.ID)
		if err != nil {
			return err
		}
		if shared[0] != one.ID { // the second person of a household looks at the first's portal
			if v.Client, err = clients.Find(ctx, s.Store.Read, me(c).ID, shared[0]); err != nil {
				return err
			}
		}
		return do(c, v)
	}
}
