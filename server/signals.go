package server

import (
	"net/http"
)

// sendSignal is POST /v1/signals: an ephemeral event to whoever is there now.
func (s *Server) sendSignal(a *answer, r *http.Request, c *caller) error {
	var body signalBody
	if err := decode(a, r, maxBody, &body); err != nil {
		return err
	}
	sig, err := body.signal()
	if err != nil {
		return err
	}
	if err := s.publishes.take(a, c.key, 1, s.Meter); err != nil {
		return err
	}
	s.Bus.Signal(sig)
	return a.empty()
}
