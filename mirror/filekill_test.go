package mirror_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"domestique/fitness"
	"domestique/mirror"
)

// What the children of this file's tests are to do, in which folder, and from which activity on.
const (
	childTask   = "DOMESTIQUE_TEST_TASK"
	childFolder = "DOMESTIQUE_TEST_FOLDER"
	childFrom   = "DOMESTIQUE_TEST_FROM"
)

func TestMain(m *testing.M) {
	dir := os.Getenv(childFolder)
	switch os.Getenv(childTask) {
	case "keep":
		from, _ := strconv.Atoi(os.Getenv(childFrom))
		os.Exit(keepForever(dir, from))
	case "full":
		os.Exit(fillTheDisk(dir))
	}
	goleak.VerifyTestMain(m)
}

// known are the activities that each child finds in Strava's list beside those that it adds.
const known = 1100

// TestTheCopySurvivesKill kills a real process at a random moment of its syncs, its events and their writes, again and again. Nothing that it acknowledged is lost, and the copy ends as a fresh fill would have it.
func TestTheCopySurvivesKill(t *testing.T) {
	t.Parallel()
	kills := repeats(t, "KILLS", 10)
	dir, random, acknowledged, happened := t.TempDir(), chance(t, 1), 0, 0
	filled := open(t, listWith(0), openFiles(t, dir))
	filled.sync(t)
	filled.stop(t)
	unsure := map[int]bool{} // Activities of which the last event of a child was, which it may not have acknowledged.
	for range kills {
		told := killKeeper(t, dir, happened, never, time.Duration(random.Int64N(int64(60*time.Millisecond))))
		acknowledged += max(0, told-happened)
		happened = max(told, happened) + 1
		unsure[known+happened] = true
		l := listWith(happened)
		l.setRefuse(func() error { return errDown })
		g := open(t, l, openFiles(t, dir))
		snapshot, err := g.Snapshot(t.Context())
		if err != nil || !snapshot.Complete {
			t.Fatalf("a complete copy was stored, and %d are held: %v", g.count(), err)
		}
		for id := known + 1; id <= known+happened; id++ {
			if removed := id%3 == 0; !unsure[id] && removed == (g.find(int64(id)) != "") {
				t.Fatalf("after %d events that of activity %d (deleted: %v) is lost", happened, id, removed)
			}
		}
		g.stop(t)
		if left, _ := filepath.Glob(filepath.Join(dir, ".mirror-*.tmp")); len(left) > 0 {
			t.Fatalf("left behind: %v", left)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		l := listWith(happened)
		g := open(t, l, openFiles(t, dir))
		if _, err := g.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The lease of the last child ends, and a walk finds what was never acknowledged and is not on the newest page.
		g.keepFor(t, 75*time.Hour)
		wantSame(t, g, l)
	})
	t.Logf("%d kills, %d events acknowledged", kills, acknowledged)
}

// TestAFillSurvivesKill kills a real process in the middle of its fill. What it has stored is shown, and the next process
// goes on from there.
func TestAFillSurvivesKill(t *testing.T) {
	t.Parallel()
	kills := repeats(t, "KILLS", 6)
	random, resumed := chance(t, 2), 0
	for range kills {
		dir := t.TempDir()
		killKeeper(t, dir, 0, 1+random.IntN(8), time.Duration(random.Int64N(int64(3*time.Millisecond))))
		synctest.Test(t, func(t *testing.T) {
			l := listWith(0)
			g := open(t, l, openFiles(t, dir))
			l.setRefuse(func() error { return errDown })
			snapshot, err := g.Snapshot(t.Context())
			if err == nil && snapshot.Complete {
				return
			}
			l.setRefuse(nil)
			time.Sleep(2 * time.Minute) // The lease of the dead is over.
			g.sync(t)
			time.Sleep(2 * time.Minute)
			g.sync(t)
			wantSame(t, g, l)
			if err == nil {
				resumed++
				if held := len(snapshot.Activities); l.called() > 4+(known-held+198)/199+2 {
					t.Errorf("%d calls with %d activities held", l.called(), held)
				}
			}
		})
	}
	if resumed == 0 {
		t.Error("no kill was in the middle of a fill: the test proves little")
	}
	t.Logf("%d kills, %d fills resumed", kills, resumed)
}

// listWith is Strava's list after so many events: each adds an activity, and every third one is deleted again.
func listWith(events int) *list {
	l := newList(known)
	for range events {
		if id := l.add(epoch.Add(time.Duration(l.nextID) * time.Second)); id%3 == 0 {
			l.remove(0)
		}
	}
	return l
}

// never is no number of a page.
const never = -1

// killKeeper lets a child keep its copy until some time after it began, or after it has asked for so many pages, kills it,
// and returns how many events it has acknowledged in all.
func killKeeper(t *testing.T, dir string, from, page int, after time.Duration) int {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childTask+"=keep", childFolder+"="+dir, childFrom+"="+strconv.Itoa(from))
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var timer *time.Timer
	acknowledged, pages := 0, 0
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if lines.Text() == "page" {
			pages++
		}
		if timer == nil && (page == never || pages == page) {
			timer = time.AfterFunc(after, func() { _ = child.Process.Kill() })
			defer timer.Stop()
		}
		if lines.Text() == "page" || lines.Text() == "begin" {
			continue
		}
		if acknowledged, err = strconv.Atoi(lines.Text()); err != nil {
			t.Errorf("the child says %q", lines.Text())
		}
	}
	if state := child.Wait(); timer == nil || child.ProcessState.ExitCode() > 0 {
		t.Fatalf("the child failed: %v", state)
	}
	return acknowledged
}

// keepForever is the child: it fills, syncs, takes in events for ever, and acknowledges each in one line with its number.
func keepForever(dir string, events int) (code int) {
	fmt.Println("begin")
	store, err := mirror.OpenFileStore(dir)
	if err != nil {
		return 1
	}
	ctx, l := context.Background(), listWith(events)
	l.before = func(fitness.HistoryPage) { fmt.Println("page") }
	m, err := mirror.New(mirror.Config{Source: l, Store: store})
	if err != nil {
		return 2
	}
	for {
		if err := m.Sync(ctx); err != nil {
			return 3
		}
		events++
		id := l.add(epoch.Add(time.Duration(l.nextID) * time.Second))
		if id%3 == 0 {
			l.remove(0)
			err = m.Remove(ctx, id)
		} else {
			err = m.Refetch(ctx, id)
		}
		snapshot, _ := m.Held()
		switch {
		case err != nil:
			return 4
		case snapshot != nil && snapshot.Complete:
			fmt.Println(events)
		default:
			events--
		}
	}
}

// A disk that is full, or as good as, costs nothing that is stored already.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childTask+"=full", childFolder+"="+t.TempDir())
	if output, err := child.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// fillTheDisk is the child whose files can't grow any more.
func fillTheDisk(dir string) (code int) {
	signal.Ignore(syscall.SIGXFSZ)
	store, err := mirror.OpenFileStore(dir)
	if err != nil {
		return 1
	}
	l := newList(450)
	m, err := mirror.New(mirror.Config{Source: l, Store: store})
	if err != nil || m.Sync(context.Background()) != nil {
		return 2
	}
	before, _, err := store.Load(context.Background(), "")
	if err != nil || syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 512, Max: 1 << 40}) != nil {
		return 3
	}
	id := l.add(epoch.Add(time.Hour))
	syncErr := m.Sync(context.Background())
	snapshot, trouble := m.Held()
	after, _, err := store.Load(context.Background(), "")
	left, _ := filepath.Glob(filepath.Join(dir, ".mirror-*"))
	if syncErr != nil || trouble == nil || len(snapshot.Activities) != 451 || err != nil || !bytes.Equal(before, after) || len(left) > 0 {
		fmt.Println(syncErr, trouble, len(snapshot.Activities), err, bytes.Equal(before, after), left)
		return 4
	}
	if syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1 << 40, Max: 1 << 40}) != nil {
		return 5
	}
	if err := m.Sync(context.Background()); err != nil {
		return 6
	}
	if after, _, err = store.Load(context.Background(), ""); err != nil || bytes.Equal(before, after) {
		return 7
	}
	next, err := mirror.New(mirror.Config{Source: l, Store: store})
	if err != nil {
		return 8
	}
	snapshot, err = next.Snapshot(context.Background())
	if err != nil || snapshot.Activities[0].StravaID != id {
		return 9
	}
	return 0
}
