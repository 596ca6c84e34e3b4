package web

// RouteRow is one line of the route table, for the tests that walk it.
type RouteRow struct{ Method, Path, Who string }

// RouteTable is the route table.
func (s *Server) RouteTable() []RouteRow {
	names := map[who]string{anyone: "anyone", agent: "agent", broker: "broker"}
	var rows []RouteRow
	for _, r := range s.routes() {
		rows = append(rows, RouteRow{r.method, r.path, names[r.who]})
	}
	return rows
}

// The pure rules that tests look at one by one.
var (
	LocalPath   = localPath
	BrowserName = browserName
	Greeting    = greeting
)
