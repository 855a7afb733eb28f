import type { ReactNode } from "react";

/** The head of a page: its title, one sentence with the answer, and what can be done. */
export function PageHead({ title, beside, answer, actions }: { title: ReactNode; beside?: ReactNode; answer?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="ph">
      <div className="min-w-0">
        <div className="row s3 wrap">
          <h1>{title}</h1>
          {beside}
        </div>
        {answer && <p>{answer}</p>}
      </div>
      {actions && <div className="acts">{actions}</div>}
    </div>
  );
}

/** A head inside a room. */
export function RoomHead({ title, count, end }: { title: ReactNode; count?: ReactNode; end?: ReactNode }) {
  return (
    <div className="rh">
      <h2>
        {title}
        {count !== undefined && <span className="t3 font-normal"> {count}</span>}
      </h2>
      {end && <span className="end">{end}</span>}
    </div>
  );
}

/** One large figure with its label and unit. */
export function Figure({ label, value, unit }: { label: string; value: ReactNode; unit?: string }) {
  return (
    <div>
      <p className="lab">{label}</p>
      <p className="fig">
        {value}
        {unit && <small>{unit}</small>}
      </p>
    </div>
  );
}
