//go:build tools

// Package tools keeps Karpenter's CRDs among the requirements when go mod tidy runs; it is never built.
package tools

import _ "sigs.k8s.io/karpenter/pkg/apis"
