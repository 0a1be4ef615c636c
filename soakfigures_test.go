package main_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// figures are the size of a process. What is not known is -1.
type figures struct {
	megabytes, threads, files, goroutines int
}

func (f figures) String() string {
	goroutines := "goroutines not served"
	if f.goroutines >= 0 {
		goroutines = fmt.Sprint(f.goroutines, " goroutines")
	}
	return fmt.Sprintf("%d MB, %d threads, %d open files, %s", f.megabytes, f.threads, f.files, goroutines)
}

var (
	residentSize  = regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB`)
	threadCount   = regexp.MustCompile(`(?m)^Threads:\s+(\d+)`)
	goroutineList = regexp.MustCompile(`^goroutine profile: total (\d+)`)
)

// figures measures a process; admin is its ADMIN_ADDR.
func (p *process) figures(admin string) figures {
	folder := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	status, err := os.ReadFile(folder + "status")
	if err != nil { // It has ended, or this system has no such folder.
		return figures{-1, -1, -1, -1}
	}
	files, _ := os.ReadDir(folder + "fd")
	return figures{
		megabytes: number(residentSize, string(status)) / 1024, threads: number(threadCount, string(status)),
		files: len(files), goroutines: number(goroutineList, goroutines(admin)),
	}
}

// goroutines is the profile of all goroutines, empty where none is served.
func goroutines(admin string) string {
	response, err := client.Get("http://" + admin + "/debug/pprof/goroutine?debug=1")
	if err != nil {
		return ""
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return ""
	}
	raw, _ := io.ReadAll(response.Body)
	return string(raw)
}

func number(pattern *regexp.Regexp, text string) int {
	match := pattern.FindStringSubmatch(text)
	if match == nil {
		return -1
	}
	n, _ := strconv.Atoi(match[1])
	return n
}

// tail is the end of what the process said.
func (p *process) tail() string {
	said := p.output.String()
	return said[max(0, len(said)-8000):]
}

// measure notes the size of every replica.
func (s *soak) measure() []figures {
	sizes := make([]figures, len(s.fleet))
	for i, r := range s.fleet {
		sizes[i] = r.current().figures(s.admins[i])
	}
	return sizes
}

// look is called between faults: it notes the sizes of the middle, and tells once a minute how far all is.
func (s *soak) look(t *testing.T) {
	t.Helper()
	passed := time.Since(s.began)
	if !s.halfway && passed > s.length/2 {
		s.halfway, s.middle = true, s.measure()
	}
	if time.Since(s.spoke) < time.Minute {
		return
	}
	s.spoke = time.Now()
	s.account.mu.Lock()
	defer s.account.mu.Unlock()
	t.Logf("after %v: %d requests, failed: %s; the oldest replica: %v", passed.Round(time.Second), len(s.account.took), listed(s.account.failed),
		s.fleet[0].current().figures(s.admins[0]))
}

// wantNoGrowth holds the replica that was never ended against what it was in the middle.
func (s *soak) wantNoGrowth(t *testing.T) {
	t.Helper()
	middle, end := s.middle[0], s.measure()[0]
	const few = 30 // Open streams, and connections that idle.
	if end.goroutines > middle.goroutines+few || end.files > middle.files+few {
		t.Errorf("the oldest replica has %v, in the middle it had %v", end, middle)
	}
	if end.megabytes > middle.megabytes*5/4+24 {
		t.Errorf("the oldest replica takes %d MB, in the middle it took %d", end.megabytes, middle.megabytes)
	}
}

// tell reports what the soak came to, and after a failure what the replicas said last.
func (s *soak) tell(t *testing.T, first []figures) {
	t.Helper()
	t.Log("\n" + s.report(first, s.measure()))
	if t.Failed() {
		for i, r := range s.fleet {
			t.Logf("replica %d:\n%s", i, r.current().tail())
		}
	}
}

func (s *soak) report(first, last []figures) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	a := &s.account
	a.mu.Lock()
	defer a.mu.Unlock()
	line("%v over %d replicas behind nginx, on Azurite", s.length, len(s.fleet))
	line("requests      %d, of them %d while nothing was wrong", len(a.took), a.calm)
	line("errors        %s", listed(a.failed))
	line("unexplained   %d", len(a.unexplained))
	line("answer time   p50 %v, p99 %v", percentile(a.took, 50), percentile(a.took, 99))
	line("grant         told as: %s; %d refreshes answered by Strava, %d dead refresh tokens", listed(a.states), s.strava.rotations.Load(), s.strava.Refusals())
	line("faults        %s", listed(s.chronicle.count()))
	line("happenings    %d at Strava; events: %+v", s.athlete.edits, s.strava.EventCounts())
	for i := range s.listeners {
		l := &s.listeners[i]
		line("listener %d    heard %d; its streams: %d completed, %d cut, %d not to be had", i, l.heard.Load(), l.completed.Load(), l.cut.Load(), l.refused.Load())
	}
	for i := range s.fleet {
		line("replica %d     start: %v; middle: %v; end: %v", i, first[i], s.middle[i], last[i])
	}
	line("calls         %s", listed(s.strava.Calls()))
	line("settled       %v after the last fault", s.settled.Round(time.Millisecond))
	return b.String()
}
