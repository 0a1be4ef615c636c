package edge

func (connectPage) title() string { return "Connection to Strava" }

func (p connectPage) main() markup {
	state, dashboard := "open", markup("")
	if p.Good {
		state, dashboard = "good", `<a href="/">Dashboard</a> `
	}
	var athlete markup
	if p.AthleteURL != "" {
		athlete = filled(`<p>Athlete <strong>%s</strong> · <a class="strava" href="%s">View on Strava</a></p>`, p.Athlete, p.AthleteURL)
	}
	return filled(`<h1>%s</h1>
<p class="state %s" role="status">%s</p>
%s%s%s%s%s
%s
<nav>%s<a href="/playground">Playground</a> <a href="/login">Session</a></nav>`,
		p.Heading, state, p.Advice, filledIf(p.Failure, `<p class="problem">%s</p>`), p.Fill.markup(), athlete,
		scopeList("Not granted", p.Missing), scopeList("Granted", p.Granted), p.forms(), dashboard)
}

// markup says how far the activities have come.
func (f *fill) markup() markup {
	if f == nil {
		return ""
	}
	noun := "activities"
	if f.Activities == 1 {
		noun = "activity"
	}
	text := filled(`<p><strong>%s</strong> %s fetched so far.
%s</p>`, f.Count(), noun, f.Trouble)
	switch {
	case f.Complete:
		text = filled(`<p><strong>%s</strong> %s fetched: that is all of your history.</p>
<p><a class="button" href="/">Open the dashboard</a></p>`, f.Count(), noun)
	case f.GoesOn():
		text = filled(`<p><strong>%s</strong> %s fetched so far. The rest follows by itself, and this page counts along.
The <a href="/">dashboard</a> shows what is there.</p>`, f.Count(), noun)
	}
	return filled(`<section class="fill" role="status">%s</section>`, text)
}

func scopeList(heading string, scopes []scopeMeaning) markup {
	if len(scopes) == 0 {
		return ""
	}
	var items markup
	for _, scope := range scopes {
		items += filled("\n  <li><code>%s</code>%s</li>", scope.Name, filledIf(scope.Meaning, " %s"))
	}
	return filled("<h2>%s</h2>\n<ul>%s\n</ul>", heading, items)
}

// forms are the one that connects with the application that is known, and the one that takes another; without one, they lead
// to it.
func (p connectPage) forms() markup {
	if p.Application == "" {
		return p.firstForm()
	}
	invitation := "Connect"
	if p.Good {
		invitation = "Connect again"
	}
	var fixed, problem, other markup
	if p.Fixed {
		fixed = `, as set by <code>STRAVA_CLIENT_ID</code>`
		problem = filledIf(p.Problem, `<p class="problem" role="alert">%s</p>`)
	} else if !p.Fill.GoesOn() {
		other = p.otherForm()
	}
	return filled(`<h2>%s</h2>
%s
<form method="post" action="/connect">
  <p>With the Strava application <strong>%s</strong>%s.
  Its “Authorization Callback Domain” at <a href="https://www.strava.com/settings/api">www.strava.com/settings/api</a> has to be
  <strong><code>%s</code></strong>.</p>
  <button type="submit" class="strava">Connect with Strava</button>
</form>
%s`, invitation, problem, p.Application, fixed, p.CallbackDomain, other)
}

func (p connectPage) otherForm() markup {
	var open markup
	if p.Problem != "" {
		open = " open"
	}
	return filled(`<details%s>
  <summary>Use another application</summary>
  <form method="post" action="/connect">
    %s
    %s
    <button type="submit" class="strava">Connect with Strava</button>
  </form>
</details>`, open, p.whatToEnter(), p.fields())
}

// firstForm leads from an account at Strava to a connection.
func (p connectPage) firstForm() markup {
	return filled(`<form method="post" action="/connect">
<ol class="steps">
  <li>
    <h2>Make an application at Strava</h2>
    %s
  </li>
  <li>
    <h2>Copy its id and secret</h2>
    <p>Strava shows both on that page, the secret behind “Show”. Here it is stored sealed, and never shown again.</p>
    %s
  </li>
  <li>
    <h2>Say yes on Strava's page</h2>
    <p>Leave the boxes ticked: what is not granted is not answered. Then Strava sends you back here, and the list of your
    activities begins to fill.</p>
    <button type="submit" class="strava">Connect with Strava</button>
  </li>
</ol>
</form>`, p.whatToEnter(), p.fields())
}

// whatToEnter is for the page at Strava where applications are made.
func (p connectPage) whatToEnter() markup {
	return filled(`<p>At <a href="https://www.strava.com/settings/api">www.strava.com/settings/api</a>, signed in to Strava. It is yours
alone. Strava asks its owner for a subscription. Enter there:</p>
<dl class="enter">
  <dt>Application Name</dt><dd>anything without “Strava” in it</dd>
  <dt>Category</dt><dd>any</dd>
  <dt>Website</dt><dd>any address, such as <code>https://example.org</code></dd>
  <dt>Authorization Callback Domain</dt><dd class="exact"><code>%s</code></dd>
</dl>`, p.CallbackDomain)
}

func (p connectPage) fields() markup {
	var described markup
	if p.Problem != "" {
		described = ` aria-describedby="problem"`
	}
	return filled(`%s<label for="client_id">Client id</label>
  <input id="client_id" name="client_id" inputmode="numeric" autocomplete="off" required maxlength="20" value="%s"%s>
  <label for="client_secret">Client secret</label>
  <input id="client_secret" name="client_secret" type="password" autocomplete="off" required maxlength="200"%s>`,
		filledIf(p.Problem, "<p class=\"problem\" role=\"alert\" id=\"problem\">%s</p>\n  "), p.ClientID, described, described)
}
