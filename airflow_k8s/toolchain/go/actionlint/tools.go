//go:build tools

// Package tools keeps actionlint among the requirements when go mod tidy runs; it is never built.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
