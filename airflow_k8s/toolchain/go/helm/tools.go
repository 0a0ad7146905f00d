//go:build tools

// Package tools keeps helm among the requirements when go mod tidy runs; it is never built.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
