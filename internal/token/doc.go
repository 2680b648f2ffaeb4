// Package token makes and checks the two credentials of Belfry: user tokens,
// which are JWTs (RFC 7519), and API keys.
package token
