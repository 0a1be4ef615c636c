package command

import (
	"log/slog"

	"domestique/internal/config"
)

// Configure reads the environment, and says in the log what came of it.
func Configure(env Env) (cfg config.Config, logger *slog.Logger, flush func(), err error) {
	if cfg, err = config.Load(env.Lookup); err != nil {
		return config.Config{}, nil, nil, err
	}
	logger, flush = BatchingLogger(cfg, env.Stderr)
	logger.Debug("configured", "config", cfg) // Its secrets read "[redacted]".
	for _, name := range cfg.NotYet() {
		logger.Warn("this variable is set but has no effect in this version", "variable", name)
	}
	return cfg, logger, flush, nil
}
