package feed

import "time"

// Checked is the check of Save without what is stored.
func Checked(s Settings) (Settings, error) {
	s, form := s.checked()
	return s, form.Err()
}

// Quicken lets Run look for due feeds more often.
func (r *Runner) Quicken(tick time.Duration) { r.tick = tick }
