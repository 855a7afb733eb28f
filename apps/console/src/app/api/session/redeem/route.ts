export { redeemLink as POST } from "@/server/session-routes";
