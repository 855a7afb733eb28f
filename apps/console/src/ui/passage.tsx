import { Fragment, type ReactNode } from "react";
import { classNames } from "./class-names";

export interface PassageStep {
  readonly title: string;
  readonly what: ReactNode;
  readonly detail?: ReactNode;
  /** The request is refused at the gate before this step. */
  readonly shut?: boolean;
  /** Not reached. */
  readonly off?: boolean;
}

/** Steps between gates. Gates stand open; one is shut and red where a request is refused. */
export function Passage({ steps, label }: { steps: readonly PassageStep[]; label: string }) {
  return (
    <ol className="pass" aria-label={label}>
      {steps.map((step, index) => (
        <Fragment key={step.title}>
          {index > 0 && <li className={classNames("gate", step.shut && "shut")} aria-hidden="true" />}
          <li className={classNames("stp", step.off && "off")}>
            <h3>{step.title}</h3>
            <p>{step.what}</p>
            {step.detail && <small>{step.detail}</small>}
          </li>
        </Fragment>
      ))}
    </ol>
  );
}
