import { storeContract } from './contract.ts';
import { openStore } from './sqlite/opener.ts';

storeContract('SQLite', openStore, new URL('./sqlite/opener.ts', import.meta.url));
