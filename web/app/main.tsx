import './global.css';
import './shell.css';
import '../ui/ui.css';
import './print.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { App, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api-error.ts';
import { startLanguage, storedLanguage } from './i18n.ts';
import { watchForInput } from './idle.ts';
import { cspNonce, nonceLibraryStyles } from './nonce.ts';
import { PreferencesProvider, usePreferences } from './preferences.tsx';
import { makeRouter } from './router.tsx';
import { themeFor } from './theme.ts';

nonceLibraryStyles();
watchForInput();

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A refusal (4xx) stays a refusal; only a server that is away or failing is asked again.
      retry: (count, error) =>
        count < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
});
const router = makeRouter(client);

function Product() {
  const { appearance, language, scale } = usePreferences();
  return (
    <ConfigProvider
      theme={themeFor(appearance, scale / 100)}
      locale={language === 'zh' ? zhCN : enUS}
      csp={{ nonce: cspNonce }}
      button={{ autoInsertSpace: false }}
    >
      <App component={false}>
        <RouterProvider router={router} />
      </App>
    </ConfigProvider>
  );
}

await startLanguage(storedLanguage());
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <PreferencesProvider>
        <Product />
      </PreferencesProvider>
    </QueryClientProvider>
  </StrictMode>,
);
