export { AccountPage } from "../account/AccountPage.tsx";
export { ChatPage } from "../chat/ChatPage.tsx";
export { WithDomain } from "./WithDomain.tsx";
export { Workspace } from "./Workspace.tsx";
