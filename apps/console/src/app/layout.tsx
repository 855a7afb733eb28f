import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";
import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import type { ReactNode } from "react";
import { ClockProvider, ZONE_COOKIE } from "@/hooks/use-clock";
import { THEME_COOKIE, themeOf } from "@/lib/theme";
import { isTimeZone } from "@/lib/time-zone";
import { ApiProvider } from "@/trpc/client";
import { Toasts } from "@/ui/toast";
import "@/styles/globals.css";

export const metadata: Metadata = {
  title: { default: "Sallyport", template: "%s · Sallyport" },
  description: "Control plane of the authentication gateway",
  robots: { index: false, follow: false },
};

export const viewport: Viewport = { colorScheme: "light dark" };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const jar = await cookies();
  const theme = themeOf(jar.get(THEME_COOKIE)?.value);
  const zone = jar.get(ZONE_COOKIE)?.value ?? null;
  return (
    <html lang="en" data-theme={theme === "system" ? undefined : theme} className={`${GeistSans.variable} ${GeistMono.variable}`}>
      <body>
        <NuqsAdapter>
          <ApiProvider>
            <ClockProvider startedAt={Date.now()} initialZone={zone && isTimeZone(zone) ? zone : null}>
              {children}
              <Toasts />
            </ClockProvider>
          </ApiProvider>
        </NuqsAdapter>
      </body>
    </html>
  );
}
