/* A program that does nothing, linked as tickethook is. */
int
main(void)
{

	return (0);
}
