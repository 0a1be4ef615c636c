package command

import (
	"log/slog"

	"domestique/internal/config"
)

// Configure reads the environment, and says in the log what came of it. For a demo it refuses one with a real client, grant or
// store: whoever has those should not wonder whose data the demo shows. Nobody looks on yet: Start of the Watch begins that,
// and its Flush has to be called in the end.
func Configure(env Env, demo bool) (config.Config, *slog.Logger, *Watch, error) {
	if demo {
		if err := refuseBesideDemo(env.Lookup); err != nil {
			return config.Config{}, nil, nil, err
		}
	}
	cfg, err := config.Load(env.Lookup)
	if err != nil {
		return config.Config{}, nil, nil, err
	}
	logger, flush := BatchingLogger(cfg, env.Stderr)
	logger.Debug("configured", "config", cfg) // Its secrets read "[redacted]".
	watch, err := newWatch(cfg, env, logger)
	if err != nil {
		flush()
		return config.Config{}, nil, nil, err
	}
	watch.flush = flush
	return cfg, watch.Log(logger), watch, nil
}
