//go:build tools

// Package tools keeps etcd among the requirements when go mod tidy runs; it is never built.
package tools

import _ "go.etcd.io/etcd/server/v3"
