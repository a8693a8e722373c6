#include "cli/command_line.h"

int main(int argc, char** argv) { return datahaul::RunCommandLine(argc, argv); }
