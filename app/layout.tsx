import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { themeScript } from '#components/layout/theme.ts';
import { Toaster } from '#components/ui/toast.tsx';
import './globals.css';

export const metadata: Metadata = {
  title: { default: 'Tidemark', template: '%s · Tidemark' },
  description: 'Get one table back: table-level backup and point-in-time restore of database clusters',
};

export const viewport: Viewport = { width: 'device-width', initialScale: 1 };

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    // The script below may set data-theme before React looks at this element.
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: our own constant; it must run before the first paint */}
        <script dangerouslySetInnerHTML={{ __html: themeScript }} />
      </head>
      <body>
        {children}
        <Toaster />
      </body>
    </html>
  );
}
