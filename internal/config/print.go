package config

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

// String shows the configuration as NAME=value pairs, without secrets and without what is not set.
func (c Config) String() string {
	var pairs []string
	for _, v := range c.shown() {
		pairs = append(pairs, v.Key+"="+v.Value.String())
	}
	return strings.Join(pairs, " ")
}

// Format implements fmt.Formatter for every verb, %#v among them.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue implements slog.LogValuer: a group of the variables.
func (c Config) LogValue() slog.Value { return slog.GroupValue(c.shown()...) }

// MarshalJSON gives an object of the variables.
func (c Config) MarshalJSON() ([]byte, error) {
	variables := make(map[string]string)
	for _, v := range c.shown() {
		variables[v.Key] = v.Value.String()
	}
	return json.Marshal(variables)
}

// shown are the variables that are set, or have a default, with what may be shown of their values.
func (c Config) shown() []slog.Attr {
	var attrs []slog.Attr
	for _, v := range table() {
		if value := v.show(c); value != "" {
			attrs = append(attrs, slog.String(v.Name, value))
		}
	}
	return attrs
}

// show gives a field's value in the words of the environment, "" for a value that says "not set".
func show(field any) string {
	switch value := field.(type) {
	case []Secret:
		if len(value) > 0 {
			return redacted
		}
		return ""
	case []string:
		return strings.Join(value, ",")
	case *time.Location:
		if value == nil {
			return "" // its own String would say UTC
		}
		return value.String()
	case slog.Level:
		return strings.ToLower(value.String())
	case int, int64:
		if text := fmt.Sprint(value); text != "0" {
			return text
		}
		return ""
	default:
		return fmt.Sprint(value)
	}
}
