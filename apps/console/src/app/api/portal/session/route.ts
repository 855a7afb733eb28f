export { enterPortal as POST, leavePortal as DELETE } from "@/server/portal/session-routes";
