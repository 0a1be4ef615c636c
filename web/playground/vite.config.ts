import { defineConfig, mergeConfig } from 'vite';

import { bundle } from '../bundle.ts';

export default defineConfig(mergeConfig(bundle('playground'), { base: '/playground/', worker: { format: 'es' } }));
