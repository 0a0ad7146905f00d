//go:build tools

// Package tools keeps kwok's programs among the requirements when go mod tidy runs; it is never built.
package tools

import (
	_ "sigs.k8s.io/kwok/cmd/kwok"
	_ "sigs.k8s.io/kwok/cmd/kwokctl"
)
