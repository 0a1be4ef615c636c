package command

import (
	"log/slog"

	"domestique/internal/config"
)

// Configure reads the environment, and says in the log what came of it. Nobody looks on yet: Start of the Watch begins that, and
// its Flush has to be called in the end.
func Configure(env Env) (config.Config, *slog.Logger, *Watch, error) {
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
