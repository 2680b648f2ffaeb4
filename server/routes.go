package server

import (
	"net/http"

	"belfry/internal/token"
)

// routes is everything that can be asked for.
func (s *Server) routes() []route {
	return []route{
		// For backends, with an API key.
		{"POST /v1/notifications", key(token.ScopePublish), s.publish},
		{"POST /v1/notifications/batch", key(token.ScopePublish), s.publishBatch},
		{"GET /v1/notifications/{id}", key(token.ScopeRead), s.notification},
		{"PATCH /v1/notifications/{id}", key(token.ScopePublish), s.editNotification},
		{"DELETE /v1/notifications/{id}", key(token.ScopePublish), s.retractNotification},
		{"POST /v1/signals", key(token.ScopePublish), s.sendSignal},
		{"POST /v1/tokens", key(token.ScopeTokens), s.issueToken},
		{"GET /v1/users/{user}", key(token.ScopeRead), s.user},
		{"PUT /v1/users/{user}", key(token.ScopePublish), s.putUser},
		{"DELETE /v1/users/{user}", key(token.ScopeAdmin), s.eraseUser},
		{"DELETE /v1/users/{user}/sessions", key(token.ScopeTokens), s.logOut},
		{"GET /v1/users/{user}/presence", key(token.ScopeRead), s.presence},
		{"GET /v1/topics/{topic}/followers", key(token.ScopeRead), s.followers},
		{"POST /v1/topics/{topic}/followers", key(token.ScopePublish), s.addFollowers},

		// For users, with a token; and the same for backends.
		{"GET /v1/inbox", userToken, s.inbox},
		{"GET /v1/users/{user}/inbox", key(token.ScopeRead), s.inbox},
		{"GET /v1/counts", userToken, s.counts},
		{"GET /v1/users/{user}/inbox/counts", key(token.ScopeRead), s.counts},
		{"POST /v1/inbox/marks", userToken, s.mark},
		{"POST /v1/users/{user}/inbox/marks", key(token.ScopePublish), s.mark},
		{"GET /v1/inbox/topics", userToken, s.follows},
		{"GET /v1/users/{user}/inbox/topics", key(token.ScopeRead), s.follows},
		{"GET /v1/inbox/topics/{topic}", userToken, s.following},
		{"GET /v1/users/{user}/inbox/topics/{topic}", key(token.ScopeRead), s.following},
		{"PUT /v1/inbox/topics/{topic}", userToken, s.follow},
		{"PUT /v1/users/{user}/inbox/topics/{topic}", key(token.ScopePublish), s.follow},
		{"DELETE /v1/inbox/topics/{topic}", userToken, s.unfollow},
		{"DELETE /v1/users/{user}/inbox/topics/{topic}", key(token.ScopePublish), s.unfollow},

		// Sessions, with a token; they answer a refusal each in its own way.
		{"GET /v1/changes", queryToken, s.changes},
		{"GET /v1/stream", open, s.stream},
		{"GET /v1/ws", open, s.webSocket},

		{"GET /sdk/v1.js", open, s.sdk},
		{"GET /sdk/{hash}/v1.js", open, s.sdkVersion},
		{"GET /v1/openapi.yaml", open, s.openAPI},
		{"GET /healthz", open, s.health},
		{"GET /readyz", open, s.readyz},
		{"GET /{$}", open, s.about},
	}
}

// route is one line of routes.
type route struct {
	pattern string // of http.ServeMux
	access  access
	handle  handler
}

// handler answers a request, or returns the error that is to be answered.
type handler func(a *answer, r *http.Request, c *caller) error

func (s *Server) mux() *http.ServeMux {
	mux := http.NewServeMux()
	for _, rt := range s.routes() {
		mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) {
			a := w.(*answer)
			a.routed, a.route = true, rt.pattern
			c, err := s.admit(a, r, rt.access)
			if err == nil {
				err = rt.handle(a, r, c)
			}
			if err != nil {
				a.refuse(err)
			}
		})
	}
	return mux
}
