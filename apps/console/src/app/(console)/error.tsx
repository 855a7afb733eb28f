"use client";

import { Button } from "@/ui/button";

export default function PageError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <div className="alone" role="alert">
      <h1>This page could not be shown</h1>
      <p className="t2">
        Something went wrong while it was put together. Nothing that you saved is affected.
        {error.digest && (
          <>
            {" "}
            Reference <code>{error.digest}</code>.
          </>
        )}
      </p>
      <Button variant="primary" onClick={reset}>
        Try again
      </Button>
    </div>
  );
}
