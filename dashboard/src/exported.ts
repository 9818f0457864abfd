// The page with its data inside: the same page, behind another source. The order of these two is what makes it so.
import './data/exported/open-exported.ts';
import './page.tsx';
