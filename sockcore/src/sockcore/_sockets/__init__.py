"""The socket object: the public class, and the two implementations of the class below it."""
