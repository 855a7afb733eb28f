import Link from "next/link";

export default function NotFound() {
  return (
    <div className="alone">
      <h1>There is nothing here</h1>
      <p className="t2">The page does not exist, or it is not yours to see. A tenant that was deleted is found in the audit log.</p>
      <Link className="btn pri" href="/">
        Go to the overview
      </Link>
    </div>
  );
}
