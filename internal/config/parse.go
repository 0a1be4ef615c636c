package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// The functions here read the text of one variable. Their errors continue the sentence that the variable's name begins,
// say what is allowed, and show what was given only where it cannot be a secret.

// minSecretLength is the least length, in characters, of the secrets that an owner makes up.
const minSecretLength = 32

// minInterval keeps a rhythm from becoming a busy loop.
const minInterval = 10 * time.Millisecond

func anyText(text string) (string, error) { return text, nil }

// oneOf reads a word of a closed list.
func oneOf[T ~string](allowed ...T) func(string) (T, error) {
	return func(text string) (T, error) {
		if !slices.Contains(allowed, T(text)) {
			return "", fmt.Errorf("must be %s, not %q", join(allowed, " or "), text)
		}
		return T(text), nil
	}
}

func join[T ~string](words []T, last string) string {
	text := make([]string, len(words))
	for i, word := range words {
		text[i] = string(word)
	}
	if len(text) < 2 {
		return strings.Join(text, "")
	}
	return strings.Join(text[:len(text)-1], ", ") + last + text[len(text)-1]
}

// list reads comma separated items.
func list[T any](item func(string) (T, error)) func(string) ([]T, error) {
	return func(text string) ([]T, error) {
		var items []T
		for part := range strings.SplitSeq(text, ",") {
			value, err := item(strings.TrimSpace(part))
			if err != nil {
				return nil, err
			}
			items = append(items, value)
		}
		return items, nil
	}
}

// token reads a secret that somebody else made.
func token(text string) (Secret, error) {
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return "", errors.New("must not contain blanks or control characters")
	}
	return Secret(text), nil
}

// headerList reads what goes into headers; who sends them reads the pairs.
func headerList(text string) (Secret, error) {
	if strings.ContainsFunc(text, unicode.IsControl) || !strings.Contains(text, "=") {
		return "", errors.New("must be NAME=VALUE, comma separated")
	}
	return Secret(text), nil
}

// passphrase reads a secret that the owner made.
func passphrase(text string) (Secret, error) {
	if n := len([]rune(text)); n < minSecretLength {
		return "", fmt.Errorf("must be %d characters or more (several are separated by commas), not %d", minSecretLength, n)
	}
	return Secret(text), nil
}

// bearerKey reads a passphrase that also fits into an Authorization header.
func bearerKey(text string) (Secret, error) {
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", errors.New("must be printable ASCII characters without blanks, as it travels in a header")
	}
	return passphrase(text)
}

func duration(text string) (time.Duration, error) {
	value, err := time.ParseDuration(text)
	if err != nil || value < minInterval {
		return 0, fmt.Errorf("must be a duration like 90s, 45m or 1h30m, %v or more, not %q", minInterval, text)
	}
	return value, nil
}

// connectionString reads what the Azure portal shows under "Access keys".
func connectionString(text string) (Secret, error) {
	for pair := range strings.SplitSeq(strings.TrimRight(text, ";"), ";") {
		if key, _, found := strings.Cut(pair, "="); !found || key == "" {
			return "", errors.New("must be a connection string: pairs of NAME=VALUE, separated by semicolons")
		}
	}
	return Secret(text), nil
}

// scope reads one scope of Strava's. https://developers.strava.com/docs/authentication/
func scope(text string) (string, error) {
	return oneOf("read", "read_all", "profile:read_all", "profile:write",
		"activity:read", "activity:read_all", "activity:write")(text)
}

func athleteID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, fmt.Errorf("must be a number, as in the address of the athlete's page, not %q", text)
	}
	return id, nil
}

func clientID(text string) (string, error) {
	if _, err := strconv.ParseUint(text, 10, 64); err != nil {
		return "", errors.New("must be a number, as shown at https://www.strava.com/settings/api")
	}
	return text, nil
}

// traceCut reads off, or a number of metres.
func traceCut(text string) (int, error) {
	if text == "off" {
		return 0, nil
	}
	meters, err := strconv.ParseInt(text, 10, 32)
	if err != nil || meters <= 0 {
		return 0, fmt.Errorf("must be off, or a number of metres greater than 0, not %q", text)
	}
	return int(meters), nil
}

func address(text string) (string, error) {
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return "", fmt.Errorf("must be host:port or :port, as in 127.0.0.1:8080, not %q", text)
	}
	return text, nil
}

// webURL reads an address without the parts that a base address cannot have. What was given is not shown: it may hold a
// password.
func webURL(text string) (string, error) {
	u, err := parseURL(text)
	if err != nil {
		return "", err
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// siteURL reads the address of a site that is the gateway's own: pages, cookies and the way back from Strava begin at its
// root.
func siteURL(text string) (string, error) {
	u, err := parseURL(text)
	if err != nil {
		return "", err
	}
	if strings.Trim(u.Path, "/") != "" {
		return "", errors.New("must be an address without a path, as in https://fitness.example.org: give the gateway a host name of its own")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// secureURL reads the address of a service that tokens are sent to.
func secureURL(text string) (string, error) {
	u, err := parseURL(text)
	if err != nil {
		return "", err
	}
	if u.Scheme != "https" && !isLoopback(u.Hostname()) {
		return "", errors.New("must begin with https:// (http:// is allowed for this machine alone), because tokens are sent there")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// origin reads an address as browsers send it in the Origin header.
func origin(text string) (string, error) {
	u, err := parseURL(text)
	if err != nil || u.Path != "" {
		return "", errors.New("must be origins like https://example.org, comma separated, without a path")
	}
	return strings.ToLower(u.String()), nil
}

func parseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" ||
		u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, errors.New("must be an address like https://example.org, without user, query and fragment")
	}
	return u, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// tableName reads a name by Azure's rules.
// https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
func tableName(text string) (string, error) {
	if !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{2,62}$`).MatchString(text) {
		return "", fmt.Errorf("must be 3 to 63 letters and digits, with a letter first, not %q", text)
	}
	return text, nil
}

func existingPath(text string) (string, error) {
	if _, err := os.Stat(text); err != nil {
		return "", fmt.Errorf("must be an existing folder or file: %w", err)
	}
	return text, nil
}

func timeZone(text string) (*time.Location, error) {
	zone, err := time.LoadLocation(text)
	if err != nil || zone == time.Local { // "Local" is whatever the machine has.
		return nil, fmt.Errorf("must be a name of the time zone database, as Europe/Berlin or UTC, not %q", text)
	}
	return zone, nil
}

func logLevel(text string) (slog.Level, error) {
	levels := map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
	level, ok := levels[text]
	if !ok {
		return 0, fmt.Errorf("must be debug, info, warn or error, not %q", text)
	}
	return level, nil
}
