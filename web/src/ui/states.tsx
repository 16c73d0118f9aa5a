/** What a page says while it waits, when there is nothing, and when something failed. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "@/api/client";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { Icon } from "./icon";

export function Loading({ lines = 6, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <div className="stack state inline" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} className="skeleton" style={{ width: `${96 - ((index * 37) % 45)}%` }} />
      ))}
    </div>
  );
}

export function Empty({ title, children, inline }: { title: string; children?: ReactNode; inline?: boolean }) {
  return (
    <div className={inline ? "state inline" : "state"}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  const hint = error instanceof ApiError ? error.hint : null;
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <div className="state" role="alert">
      <span className={missing ? "muted" : "wrong"}>
        <Icon name="warn" size={22} />
      </span>
      <h2>{missing ? "Not found" : "This could not be loaded"}</h2>
      <p>{error.message}</p>
      {/* What is not there is looked for from here; the hint is for whoever asks without a page. */}
      {missing ? (
        <Link className="btn" href={to.projects()}>
          All projects
        </Link>
      ) : (
        hint && <p className="muted">{hint}</p>
      )}
      {retry && !missing && (
        <button type="button" className="btn" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** One answer of the server: waiting, failed, or what `children` makes of it. */
export function Answer<T>({ of, children, lines }: { of: UseQueryResult<T, Error>; children: (data: T) => ReactNode; lines?: number }) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <Failure error={of.error} retry={() => void of.refetch()} />;
  return <Loading lines={lines ?? 6} />;
}

/** A sentence about a problem, for places that go on working. */
export function Problem({ error }: { error: Error }) {
  const hint = error instanceof ApiError ? error.hint : null;
  return (
    <div className="problem" role="alert">
      {error.message} {hint && <span className="hint">{hint}</span>}
    </div>
  );
}
