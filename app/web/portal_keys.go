package web

func (s *Server) portalKeyRoutes() []route {
	return []route{
		{"GET", "/p", anyone, s.portalStart},
		{"POST", "/p", anyone, s.portalAsk},
		{"GET", "/p/code", anyone, s.portalCode},
		{"POST", "/p/code", anyone, s.portalEnter},
		{"POST", "/p/sign-out", anyone, s.portalSignOut},
		{"GET", "/p/choose", anyone, s.portalChoice},
		{"POST", "/p/choose", anyone, s.portalChosen},
		{"GET", "/p/devices", anyone, s.visitor(s.portalDevices)},
		{"POST", "/p/devices", anyone, s.visitor(s.portalLeave)},
		{"POST", "/p/devices/:device<int>", anyone, s.visitor(s.portalLeave)},
		{"POST", "/l/:token/portal", anyone, s.letterPage(s.letterPortal)},
		{"POST", "/l/:token/own", anyone, s.letterPage(s.letterOwn)},
	}
}
