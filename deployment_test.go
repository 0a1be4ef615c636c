package main_test

import (
	"testing"
)

// deployment is three replicas on one table behind nginx, each at an address of its own.
type deployment struct {
	store     *azurite
	balancer  *nginx
	env       []string // of each replica, but for its addresses
	fleet     fleet
	addresses []string
	admins    []string // ADMIN_ADDR of each
}

// prepare has everything at hand and starts nothing but the store.
func prepare(t *testing.T, env ...string) *deployment {
	t.Helper()
	d := &deployment{store: newAzurite(t), balancer: newNginx(t)}
	d.env = append(env,
		"AZURE_STORAGE_CONNECTION_STRING="+d.store.connection(), "SEAL_KEYS=the-sealing-key-of-three-replicas",
		"OWNER_KEY="+webhookOwnerKey, "PUBLIC_URL=http://"+d.balancer.address, "LOG_LEVEL=warn",
	)
	for range replicaCount {
		d.fleet = append(d.fleet, &replica{dir: t.TempDir()})
		d.addresses, d.admins = append(d.addresses, freeAddress(t)), append(d.admins, freeAddress(t))
	}
	return d
}

// start runs the replicas and then the balancer, and waits for nothing else.
func (d *deployment) start(t *testing.T) {
	t.Helper()
	for i := range d.fleet {
		d.run(t, i)
	}
	d.balancer.start(t, d.addresses)
}

// run starts the process of a place.
func (d *deployment) run(t *testing.T, place int) {
	t.Helper()
	d.fleet[place].run(t, append(d.env, "ADDR="+d.addresses[place], "ADMIN_ADDR="+d.admins[place]))
}

// replica is the process in a place, asked without the balancer.
func (d *deployment) replica(place int) *process {
	p := *d.fleet[place].current()
	p.URL = "http://" + d.addresses[place]
	return &p
}

// replicas are all of them.
func (d *deployment) replicas() []*process {
	all := make([]*process, len(d.fleet))
	for i := range d.fleet {
		all[i] = d.replica(i)
	}
	return all
}

// front is what clients know of it.
func (d *deployment) front() *process {
	return &process{URL: "http://" + d.balancer.address, output: d.balancer.output}
}

// subscribe has Strava send its events to the balancer.
func (d *deployment) subscribe(t *testing.T) {
	t.Helper()
	command := launch(t, t.TempDir(), d.env, "webhook")
	if code := command.wait(t); code != 0 {
		t.Fatalf("domestique webhook: code %d\n%s\nnginx:\n%s", code, command.output, d.balancer.output)
	}
}
