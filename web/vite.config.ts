import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * The web UI is the only built part. `#auth/contract` and its like are resolved through the `imports` of
 * package.json, the same doors that the server uses.
 */
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // Without these every icon and every contract becomes a file of its own.
          groups: [
            { name: 'charts', test: /node_modules[\\/](echarts|zrender)[\\/]/, priority: 4 },
            {
              name: 'react',
              test: /node_modules[\\/](react|react-dom|scheduler|@tanstack)[\\/]/,
              priority: 3,
            },
            { name: 'icons', test: /node_modules[\\/]@ant-design[\\/]icons/, priority: 2 },
            { name: 'contracts', test: /src[\\/](base|modules)[\\/]|node_modules[\\/]zod[\\/]/, priority: 2 },
          ],
        },
      },
    },
  },
  // `npx vite web` beside a running `npm start`.
  server: { port: 5173, proxy: { '/api': 'http://127.0.0.1:8080', '/healthz': 'http://127.0.0.1:8080' } },
});
