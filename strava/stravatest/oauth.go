package stravatest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// scopes are all that Strava knows: https://developers.strava.com/docs/authentication/#details-about-requesting-access
func scopes() []string {
	return []string{
		"read", "read_all", "profile:read_all", "profile:write", "activity:read", "activity:read_all", "activity:write",
	}
}

func authorizeParameters() []string {
	return []string{"client_id", "redirect_uri", "response_type", "approval_prompt", "scope", "state"}
}

// authorize is the consent page: it shows nothing and sends the browser back at once with what Consent says.
func (c *call) authorize() answer {
	query := c.r.URL.Query()
	if refused := c.wrongClientID(query); refused != nil {
		return *refused
	}
	callback, err := url.Parse(query.Get("redirect_uri"))
	if err != nil || !c.allowsCallback(callback.Hostname()) {
		return badRequest("Application", "redirect_uri", "invalid")
	}
	if query.Get("response_type") != "code" {
		return badRequest("Authorize", "response_type", "invalid")
	}
	if !slices.Contains([]string{"", "auto", "force"}, query.Get("approval_prompt")) {
		return badRequest("Authorize", "approval_prompt", "invalid")
	}
	asked := strings.FieldsFunc(query.Get("scope"), func(r rune) bool { return r == ',' || r == ' ' })
	if len(asked) == 0 || slices.ContainsFunc(asked, func(s string) bool { return !slices.Contains(scopes(), s) }) {
		return badRequest("Authorize", "scope", "invalid")
	}

	back := callback.Query()
	back.Set("state", query.Get("state"))
	c.consentTo(asked, back)
	callback.RawQuery = back.Encode()
	return answer{status: http.StatusFound, header: http.Header{"Location": {callback.String()}}}
}

func (c *call) allowsCallback(host string) bool {
	domain := c.cfg.CallbackDomain
	return slices.Contains([]string{"localhost", "127.0.0.1"}, host) ||
		domain != "" && (host == domain || strings.HasSuffix(host, "."+domain))
}

// consentTo puts the athlete's decision into the callback's query.
func (c *call) consentTo(asked []string, back url.Values) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.consent.Refuse {
		back.Set("error", "access_denied")
		return
	}
	granted := slices.DeleteFunc(asked, func(s string) bool { return slices.Contains(c.consent.Untick, s) })
	athlete := c.consent.AthleteID
	if athlete == 0 {
		athlete = c.athlete
	}
	back.Set("code", c.authority.approve(athlete, granted, c.now, c.consent.TooFresh))
	back.Set("scope", strings.Join(granted, ","))
}

// grantToken is the token endpoint: client_id, client_secret and grant_type with code or refresh_token, all in the form. A
// wrong client has no effect on anything. Its answers have no rate-limit headers and count for no quota.
func (c *call) grantToken() answer {
	form, refused := c.form("client_id", "client_secret", "grant_type", "code", "refresh_token", "redirect_uri", "scope")
	if refused != nil {
		return *refused
	}
	if c.r.Header.Get("Authorization") != "" {
		// x/oauth2 probes with Basic first, unless told not to, and so sends a single-use token twice.
		c.violation("the client's credentials are in a header")
	}
	if refused := c.wrongClient(form); refused != nil {
		return *refused
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inactive {
		return appInactive()
	}
	switch form.Get("grant_type") {
	case "authorization_code":
		g, ok := c.authority.exchange(form.Get("code"), c.now)
		if !ok {
			return badRequest("AuthorizationCode", "code", "invalid")
		}
		athlete := c.historyOf(g.athlete).profile(c.link)
		return jsonAnswer(http.StatusOK, exchanged{c.granted(g), athlete})
	case "refresh_token":
		g, ok := c.authority.refresh(form.Get("refresh_token"), c.now)
		if !ok {
			c.refuseRefresh(form.Get("refresh_token"))
			return badRequest("RefreshToken", "refresh_token", "invalid")
		}
		return jsonAnswer(http.StatusOK, c.granted(g))
	default:
		return badRequest("Application", "grant_type", "invalid")
	}
}

// granted is the token endpoint's answer.
type granted struct {
	TokenType    string `json:"token_type"`
	AccessToken  string `json:"access_token"`
	ExpiresAt    int64  `json:"expires_at"`
	ExpiresIn    int64  `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
}

// exchanged is the same after the exchange of a code.
type exchanged struct {
	granted
	Athlete summaryAthlete `json:"athlete"`
}

func (c *call) granted(g *grant) granted {
	return granted{"Bearer", g.access, g.expires.Unix(), int64(g.expires.Sub(c.now).Seconds()), g.refresh}
}

// refuseRefresh counts a refresh token that should not have been presented. The caller holds the lock.
func (c *call) refuseRefresh(token string) {
	c.refusals++
	kind := "unknown"
	if c.authority.dead[token] {
		kind = "dead"
	}
	c.cfg.Logger.Warn("refused a refresh token", "kind", kind, "count", c.refusals)
}

// revoke ends the grant of an access or refresh token, as RFC 7009 has it; no answer of Strava's is known.
func (c *call) revoke() answer {
	id, secret, _ := c.r.BasicAuth()
	if id != c.cfg.ClientID || secret != c.cfg.ClientSecret {
		return unauthorized("Application", "", "invalid")
	}
	form, refused := c.form("token", "token_type_hint")
	if refused != nil {
		return *refused
	}
	if form.Get("token") == "" {
		return badRequest("Application", "token", "missing")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if athlete, ok := c.authority.owner(form.Get("token"), c.now); ok {
		c.endGrant(athlete)
	}
	return jsonAnswer(http.StatusOK, struct{}{})
}

// deauthorize is the old way to end a grant. It is a call of the API: it takes the access token as a bearer (or, until
// June 2027, in the form) and counts for the quota.
func (c *call) deauthorize() answer {
	form, refused := c.form("access_token")
	if refused != nil {
		return *refused
	}
	if token := form.Get("access_token"); token != "" && c.r.Header.Get("Authorization") == "" {
		c.r.Header.Set("Authorization", "Bearer "+token)
	}
	return c.guarded(func() answer {
		bearer := strings.TrimPrefix(c.r.Header.Get("Authorization"), "Bearer ")
		c.mu.Lock()
		defer c.mu.Unlock()
		c.endGrant(c.token.athlete)
		return jsonAnswer(http.StatusOK, map[string]string{"access_token": bearer})
	})
}

// form reads a form that may have the named fields, each once, and refuses anything else.
func (c *call) form(fields ...string) (url.Values, *answer) {
	if err := c.r.ParseForm(); err != nil {
		return nil, c.badParameter("form", "the form does not parse")
	}
	for name, values := range c.r.PostForm {
		if !slices.Contains(fields, name) {
			return nil, c.badParameter(name, "unknown form field "+name)
		}
		if len(values) > 1 {
			return nil, c.badParameter(name, "form field "+name+" is given twice")
		}
	}
	return c.r.PostForm, nil
}

func (c *call) wrongClient(form url.Values) *answer {
	if refused := c.wrongClientID(form); refused != nil {
		return refused
	}
	if form.Get("client_secret") != c.cfg.ClientSecret {
		a := badRequest("Application", "client_secret", "invalid")
		return &a
	}
	return nil
}

func (c *call) wrongClientID(values url.Values) *answer {
	var a answer
	switch values.Get("client_id") {
	case c.cfg.ClientID:
		return nil
	case "":
		a = badRequest("Application", "client_id", "missing")
	default:
		a = badRequest("Application", "client_id", "invalid")
	}
	return &a
}
